use crate::random::Random;

/// The longest input, in bytes.
const LONGEST: usize = 16 * 1024;

/// Numbers at which code errs.
const NUMBERS: [u64; 12] = [
    0,
    1,
    0x7f,
    0x80,
    0xff,
    0x100,
    0xffff,
    0x7fff_ffff,
    0xffff_ffff,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0xffff_ffff_ffff_ffff,
];

/// Changes an input in one to eight places. `tokens` are what the format is made of, `other` is another input.
pub fn mutate(input: &mut Vec<u8>, other: &[u8], tokens: &[&[u8]], random: &mut Random) {
    for _ in 0..=random.below(8) {
        let at = random.below(input.len() + 1);
        let scale = random.below(8);
        let count = (1 + random.below(1 << scale)).min(input.len() - at);
        match random.below(12) {
            0 => flip(input, at, 1 << random.below(8)),
            1 => flip(input, at, random.byte()),
            2 => drop(input.drain(at..at + count)),
            3 => input.truncate(at),
            4 => insert(input, at, &random.next().to_le_bytes()[..1]),
            5 => {
                let repeated = input.get(at..at + count).unwrap_or_default().repeat(1 + random.below(4));
                insert(input, at, &repeated);
            }
            6 => {
                let from = random.below(other.len() + 1);
                let end = (from + 1 + random.below(256)).min(other.len());
                insert(input, at, other.get(from..end).unwrap_or_default());
            }
            7 => overwrite(input, at, &number(random)),
            8 => insert(input, at, &number(random)),
            9 => insert(input, at, random.pick(tokens).unwrap_or_default()),
            10 => replace_digits(input, at, random),
            _ => overwrite(input, at, random.pick(tokens).unwrap_or_default()),
        }
    }
    input.truncate(LONGEST);
}

/// A number as formats write one: in binary of some size, in postcard's way, or in digits.
fn number(random: &mut Random) -> Vec<u8> {
    let number = NUMBERS.get(random.below(NUMBERS.len())).copied().unwrap_or_default();
    let size = 1 << random.below(4);
    match random.below(5) {
        0 => number.to_le_bytes().into_iter().take(size).collect(),
        1 => number.to_be_bytes().into_iter().skip(8 - size).collect(),
        2 => postcard::to_stdvec(&number).unwrap_or_default(),
        3 => number.to_string().into_bytes(),
        _ => format!("{number:o}").into_bytes(),
    }
}

/// Replaces the next number in digits by another one.
fn replace_digits(input: &mut Vec<u8>, at: usize, random: &mut Random) {
    let digit = |byte: &u8| byte.is_ascii_digit();
    let start = at + input.iter().skip(at).position(digit).unwrap_or_default();
    let end = start + input.iter().skip(start).take_while(|byte| digit(byte)).count();
    let number = NUMBERS.get(random.below(NUMBERS.len())).copied().unwrap_or_default();
    let sign = random.pick(&["", "", "-"]).unwrap_or_default();
    input.splice(start..end, format!("{sign}{number}").into_bytes());
}

fn flip(input: &mut [u8], at: usize, bits: u8) {
    if let Some(byte) = input.get_mut(at) {
        *byte ^= bits;
    }
}

fn insert(input: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    input.splice(at..at, bytes.iter().copied());
}

fn overwrite(input: &mut [u8], at: usize, bytes: &[u8]) {
    input.iter_mut().skip(at).zip(bytes).for_each(|(byte, new)| *byte = *new);
}
