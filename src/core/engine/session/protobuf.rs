//! As much of protobuf as the messages of BuildKit need.

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// A number or a flag.
    Number(u64),
    /// A text, bytes, or another message.
    Bytes(&'a [u8]),
}

impl<'a> Value<'a> {
    /// Bytes; none for a number.
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Number(_) => &[],
        }
    }

    /// A text, with a sign in place of what is not UTF-8.
    #[must_use]
    pub fn text(self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }

    /// A number; zero for anything else.
    #[must_use]
    pub fn number(self) -> u64 {
        match self {
            Self::Number(number) => number,
            Self::Bytes(_) => 0,
        }
    }
}

/// The fields of a message, in its order. Ends early at what is no message.
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = (u64, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.number()?;
        let value = match key & 7 {
            0 => Value::Number(self.number()?),
            1 => Value::Number(u64::from_le_bytes(self.take(8)?.try_into().ok()?)),
            2 => {
                let length = usize::try_from(self.number()?).ok()?;
                Value::Bytes(self.take(length)?)
            }
            5 => Value::Number(u32::from_le_bytes(self.take(4)?.try_into().ok()?).into()),
            _ => return None,
        };
        Some((key >> 3, value))
    }
}

impl<'a> Fields<'a> {
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }
}

/// Appends a field with bytes to a message.
pub fn put_bytes(message: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    put_number(message, field << 3 | 2);
    put_number(message, bytes.len() as u64);
    message.extend_from_slice(bytes);
}

/// Appends a field with a number to a message.
pub fn put_field(message: &mut Vec<u8>, field: u64, number: u64) {
    put_number(message, field << 3);
    put_number(message, number);
}

fn put_number(message: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        message.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    message.push(number.to_le_bytes()[0]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let long = vec![7; 300];
        let mut message = Vec::new();
        put_bytes(&mut message, 1, b"a");
        put_field(&mut message, 2, u64::MAX);
        put_bytes(&mut message, 16, &long);
        let fields: Vec<_> = Fields(&message).collect();
        assert_eq!(
            fields,
            [(1, Value::Bytes(b"a")), (2, Value::Number(u64::MAX)), (16, Value::Bytes(&long))]
        );
    }

    #[test]
    fn what_is_cut_or_no_message_ends_the_fields() {
        let mut message = Vec::new();
        put_field(&mut message, 1, 1);
        put_bytes(&mut message, 2, &[0; 40]);
        for end in 0..message.len() {
            assert!(Fields(message.get(..end).unwrap()).count() <= 1);
        }
        for broken in [&[0xff; 20][..], &[0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f], &[0x0b, 0x0c]] {
            assert_eq!(Fields(broken).count(), 0, "{broken:?}");
        }
    }
}
