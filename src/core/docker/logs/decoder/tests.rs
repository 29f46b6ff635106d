use super::*;

fn frame(stream: u8, data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [&[stream, 0, 0, 0][..], &length, data].concat()
}

fn decode(decoder: &mut Decoder, bytes: &[u8], piece: usize) -> Vec<LogChunk> {
    for part in bytes.chunks(piece) {
        decoder.push(Bytes::copy_from_slice(part)).unwrap();
    }
    decoder.finish().unwrap();
    decoder.take()
}

fn chunk(stream: Output, data: &[u8]) -> LogChunk {
    LogChunk { stream, data: data.to_vec(), timestamp: None }
}

#[test]
fn frames_may_be_split_anywhere() {
    let all: Vec<u8> = (0..=255).collect();
    let bytes = [frame(1, &all), frame(1, b"a"), frame(2, b"b"), frame(1, b""), frame(1, b"c")].concat();
    for piece in 1..bytes.len() {
        let chunks = decode(&mut Decoder::new(false, false), &bytes, piece);
        let expected = [
            chunk(Output::Stdout, &[&all[..], b"a"].concat()),
            chunk(Output::Stderr, b"b"),
            chunk(Output::Stdout, b"c"),
        ];
        assert_eq!(chunks, expected, "in pieces of {piece}");
    }
}

#[test]
fn a_terminals_output_is_not_parsed_as_frames() {
    let bytes = frame(1, b"looks like one");
    let chunks = decode(&mut Decoder::new(true, false), &bytes, 3);
    assert_eq!(chunks, [chunk(Output::Stdout, &bytes)]);
}

#[test]
fn timestamps_are_split_from_lines() {
    let bytes =
        [frame(1, b"2026-01-01T00:00:00.5Z one two\n"), frame(2, b"2026-01-01T00:00:01Z three")].concat();
    let chunks = decode(&mut Decoder::new(false, true), &bytes, 5);
    assert_eq!(chunks.len(), 2);
    assert_eq!(chunks[0].timestamp.as_deref(), Some("2026-01-01T00:00:00.5Z"));
    assert_eq!(chunks[0].data, b"one two\n");
    assert_eq!((chunks[1].stream, &chunks[1].data[..]), (Output::Stderr, &b"three"[..]));
}

#[test]
fn invalid_frames_are_errors() {
    for bytes in [&b"garbage!"[..], &frame(3, b"x")] {
        assert!(Decoder::new(false, false).push(Bytes::copy_from_slice(bytes)).is_err());
    }
    let mut decoder = Decoder::new(false, false);
    decoder.push(Bytes::from_static(&[1, 0, 0, 0, 0, 0, 0, 9, b'x'])).unwrap();
    assert!(decoder.finish().is_err());
}

#[test]
fn a_line_without_an_end_takes_no_memory_and_does_not_end_the_log() {
    for terminal in [true, false] {
        let mut decoder = Decoder::new(terminal, true);
        let (mut text, mut times) = (Vec::new(), 0);
        let mut take = |decoder: &mut Decoder| {
            let chunks = decoder.take();
            // An empty batch stands for the end of the log.
            assert!(!chunks.is_empty());
            for chunk in chunks {
                times += usize::from(chunk.timestamp.is_some());
                text.extend(chunk.data);
            }
        };
        let line = [b"2026-01-01T00:00:00Z x y".as_slice(), &vec![b'z'; 3 * BATCH]].concat();
        let bytes = if terminal { line.clone() } else { frame(1, &line) };
        for piece in bytes.chunks(10_000) {
            decoder.push(Bytes::copy_from_slice(piece)).unwrap();
            assert!(decoder.line.len() < MAX_LINE);
            if decoder.has_batch() {
                take(&mut decoder);
            }
        }
        decoder.finish().unwrap();
        take(&mut decoder);
        assert_eq!((times, &text[..]), (1, &line[21..]));
    }
}
