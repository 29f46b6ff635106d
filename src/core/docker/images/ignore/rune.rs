/// A character of a pattern or a path, or a byte that belongs to none: neither has to be UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rune {
    /// A character.
    Char(char),
    /// A byte.
    Byte(u8),
}

impl Rune {
    /// Splits bytes as Go does: each byte that belongs to no character stands for itself.
    pub fn all(bytes: &[u8]) -> Vec<Self> {
        let mut runes = Vec::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            runes.extend(chunk.valid().chars().map(Self::Char));
            runes.extend(chunk.invalid().iter().copied().map(Self::Byte));
        }
        runes
    }

    /// The character, or the one that Go's regular expressions see in place of a byte.
    pub fn char(self) -> char {
        match self {
            Self::Char(char) => char,
            Self::Byte(_) => char::REPLACEMENT_CHARACTER,
        }
    }

    /// Whether it is this character.
    pub fn is(self, char: char) -> bool {
        self == Self::Char(char)
    }

    /// Without white space at both ends.
    pub fn trim(text: &[Self]) -> &[Self] {
        let is_text = |rune: &Self| !matches!(rune, Self::Char(char) if char.is_whitespace());
        let first = text.iter().position(is_text).unwrap_or(text.len());
        let end = text.iter().rposition(is_text).map_or(first, |last| last + 1);
        text.get(first..end).unwrap_or_default()
    }
}
