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
    assert!(Decoder::new(false, false).push(Bytes::from_static(b"garbage!")).is_err());
    let mut decoder = Decoder::new(false, false);
    decoder.push(Bytes::from_static(&[1, 0, 0, 0, 0, 0, 0, 9, b'x'])).unwrap();
    assert!(decoder.finish().is_err());
}

#[test]
fn the_engines_own_error_follows_what_came_before_it() {
    let bytes = [frame(1, b"one\n"), frame(2, b"tw"), frame(3, b"no more\n")].concat();
    for timestamps in [false, true] {
        for piece in 1..bytes.len() {
            let mut decoder = Decoder::new(false, timestamps);
            let failed =
                bytes.chunks(piece).find_map(|part| decoder.push(Bytes::copy_from_slice(part)).err());
            let error = failed.unwrap();
            assert_eq!(error.code(), Code::EngineError);
            assert!(error.message().ends_with("no more"), "{}", error.message());
            assert_eq!(decoder.take(), [chunk(Output::Stdout, b"one\n"), chunk(Output::Stderr, b"tw")]);
        }
    }
}

#[test]
fn the_parts_of_a_long_line_are_one_line() {
    const TIME: &[u8] = b"2026-01-01T00:00:00.000000001Z ";
    let parts = [vec![b'a'; 16 * 1024], vec![b'b'; 16 * 1024], b"c d\n".to_vec()];
    let line = parts.concat();
    let timed = |part: &Vec<u8>| [TIME, part].concat();
    let after = [TIME, b"after\n"].concat();
    let framed = [
        frame(1, &timed(&parts[0])),
        frame(2, &after),
        frame(1, &timed(&parts[1])),
        frame(1, &timed(&parts[2])),
        frame(1, &after),
    ]
    .concat();
    let raw = [timed(&parts[0]), timed(&parts[1]), timed(&parts[2]), after].concat();
    for piece in [1, 7, 1000, 100_000] {
        for (terminal, bytes) in [(false, &framed), (true, &raw)] {
            let chunks = decode(&mut Decoder::new(terminal, true), bytes, piece);
            let stdout: Vec<_> = chunks.iter().filter(|chunk| chunk.stream == Output::Stdout).collect();
            assert_eq!(stdout.len(), 2);
            assert_eq!(stdout[0].data, line);
            assert_eq!(stdout[1].data, b"after\n");
            assert!(
                chunks
                    .iter()
                    .all(|chunk| chunk.timestamp.as_deref() == Some("2026-01-01T00:00:00.000000001Z"))
            );
        }
    }
}

#[test]
fn what_is_no_time_stays_in_a_terminals_long_line() {
    const TIME: &[u8] = b"2026-01-01T00:00:00.000000001Z ";
    for text in [vec![b'2'; 40_000], [vec![b'a'; 16 * 1024], b"2026-01-\nnext\n".to_vec()].concat()] {
        let bytes = [TIME, &text].concat();
        for piece in [1, 5, 50_000] {
            let chunks = decode(&mut Decoder::new(true, true), &bytes, piece);
            let text_of = |chunk: &LogChunk| chunk.data.clone();
            let first = text.split_inclusive(|byte| *byte == b'\n').next().unwrap();
            assert_eq!(chunks.iter().take(1).map(text_of).collect::<Vec<_>>().concat(), first);
        }
    }
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
            if decoder.has_batch() {
                take(&mut decoder);
            }
        }
        decoder.finish().unwrap();
        take(&mut decoder);
        assert_eq!((times, &text[..]), (1, &line[21..]));
    }
}
