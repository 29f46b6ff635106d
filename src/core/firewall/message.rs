//! The messages of netlink: a header, then attributes, which may hold attributes.

/// A part of a message is aligned to this many bytes.
const ALIGN: usize = 4;

/// An attribute that holds attributes.
const NESTED: u16 = 1 << 15;

/// The length of a message's header, and of what netfilter puts behind it.
pub const HEADER: usize = 16;
pub const FAMILY: usize = 4;

/// Both IPv4 and IPv6.
const INET: u8 = 1;

/// A list of attributes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes(pub Vec<u8>);

impl Attributes {
    /// Adds bytes.
    pub fn bytes(self, kind: u16, value: &[u8]) -> Self {
        self.put(kind, value)
    }

    /// Adds a name, which ends with a zero byte.
    pub fn name(self, kind: u16, value: &str) -> Self {
        self.put(kind, &[value.as_bytes(), &[0]].concat())
    }

    /// Adds a number in network order.
    pub fn number(self, kind: u16, value: u32) -> Self {
        self.put(kind, &value.to_be_bytes())
    }

    /// Adds attributes.
    pub fn nested(self, kind: u16, value: &Self) -> Self {
        self.put(kind | NESTED, &value.0)
    }

    fn put(mut self, kind: u16, value: &[u8]) -> Self {
        let length = u16::try_from(ALIGN + value.len()).unwrap_or(u16::MAX);
        self.0.extend(length.to_ne_bytes());
        self.0.extend(kind.to_ne_bytes());
        self.0.extend(value);
        self.0.resize(self.0.len().next_multiple_of(ALIGN), 0);
        self
    }
}

/// A message of netfilter.
pub fn message(kind: u16, flags: u16, sequence: u32, resource: u16, attributes: &Attributes) -> Vec<u8> {
    let length = u32::try_from(HEADER + FAMILY + attributes.0.len()).unwrap_or(u32::MAX);
    let mut message = Vec::new();
    message.extend(length.to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend(flags.to_ne_bytes());
    message.extend(sequence.to_ne_bytes());
    message.extend(0_u32.to_ne_bytes());
    message.extend([INET, 0]);
    message.extend(resource.to_be_bytes());
    message.extend(&attributes.0);
    message
}

/// A message of the kernel.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    /// What it is.
    pub kind: u16,
    /// Its flags.
    pub flags: u16,
    /// What follows the header.
    pub body: &'a [u8],
}

/// The messages in what was received at once.
pub fn messages(mut received: &[u8]) -> impl Iterator<Item = Received<'_>> {
    std::iter::from_fn(move || {
        let length = usize::try_from(u32::from_ne_bytes(*received.first_chunk()?)).ok()?;
        let message = received.get(..length)?;
        received = received.get(length.next_multiple_of(ALIGN)..).unwrap_or_default();
        let half = |at: usize| Some(u16::from_ne_bytes(*message.get(at..)?.first_chunk()?));
        Some(Received { kind: half(4)?, flags: half(6)?, body: message.get(HEADER..)? })
    })
}

/// An attribute of a message.
pub fn attribute(body: &[u8], wanted: u16) -> Option<&[u8]> {
    let mut rest = body.get(FAMILY..)?;
    loop {
        let length = usize::from(u16::from_ne_bytes(*rest.first_chunk()?));
        let kind = u16::from_ne_bytes(*rest.get(2..)?.first_chunk()?);
        let value = rest.get(ALIGN..length)?;
        if kind & !NESTED == wanted {
            return Some(value);
        }
        rest = rest.get(length.next_multiple_of(ALIGN)..)?;
    }
}

/// A name in an attribute.
pub fn name(body: &[u8], wanted: u16) -> Option<&str> {
    std::str::from_utf8(attribute(body, wanted)?.strip_suffix(&[0])?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let attributes = Attributes::default().name(1, "abc").number(2, 7).bytes(3, b"12345");
        let two = [message(9, 5, 1, 0, &attributes), message(8, 0, 2, 0, &Attributes::default())].concat();
        let found: Vec<_> = messages(&two).collect();
        assert_eq!(
            found.iter().map(|message| (message.kind, message.flags)).collect::<Vec<_>>(),
            [(9, 5), (8, 0)]
        );
        assert_eq!(name(found[0].body, 1), Some("abc"));
        assert_eq!(attribute(found[0].body, 2), Some([0, 0, 0, 7].as_slice()));
        assert_eq!(attribute(found[0].body, 3), Some(b"12345".as_slice()));
        assert_eq!(attribute(found[0].body, 4), None);
        assert_eq!(name(found[1].body, 1), None);
    }

    #[test]
    fn what_is_cut_off_is_left_out() {
        let whole = message(9, 0, 1, 0, &Attributes::default().name(1, "abc"));
        for length in 0..whole.len() {
            assert_eq!(messages(&whole[..length]).count(), 0, "{length}");
        }
        // A length of zero ends the list.
        assert_eq!(messages(&[0; 64]).count(), 0);
        assert_eq!(attribute(&[0; 64], 1), None);
    }
}
