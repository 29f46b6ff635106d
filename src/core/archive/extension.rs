//! Extended headers, which describe the entry that follows them.

use cofferdam_protocol::{copy::Reason, file::Kind};

/// What extended headers say about the next entry.
#[derive(Debug, Default)]
pub struct Extension {
    /// Its path.
    pub path: Option<Vec<u8>>,
    /// The target of the symbolic link.
    pub target: Option<Vec<u8>>,
    /// Its size.
    pub size: Option<u64>,
    /// Its modification time, in nanoseconds since 1970.
    pub modified: Option<i64>,
}

impl Extension {
    /// Adds the records of a POSIX (pax) header: lines of `LENGTH KEY=VALUE`, where the value may contain any bytes.
    pub fn add_records(&mut self, mut records: &[u8]) -> Result<(), Reason> {
        while !records.is_empty() {
            let (key, value, rest) = next_record(records).ok_or(Reason::Malformed)?;
            records = rest;
            match key {
                b"path" => self.path = Some(value.to_vec()),
                b"linkpath" => self.target = Some(value.to_vec()),
                b"size" => self.size = Some(number(value).ok_or(Reason::Malformed)?),
                b"mtime" => self.modified = time(value),
                // A sparse file: the archive contains a map of its holes instead of plain content.
                key if key.starts_with(b"GNU.sparse.") => return Err(Reason::Kind(Kind::Other)),
                _ => {}
            }
        }
        Ok(())
    }

    /// The name in a GNU header, which ends with NUL.
    pub fn name(content: &[u8]) -> Vec<u8> {
        content.strip_suffix(b"\0").unwrap_or(content).to_vec()
    }

    /// Whether nothing was set.
    pub fn is_empty(&self) -> bool {
        self.path.is_none() && self.target.is_none() && self.size.is_none()
    }
}

/// The first record's key and value, and the remaining records.
fn next_record(records: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = records.iter().position(|byte| *byte == b' ')?;
    let length = usize::try_from(number(records.get(..space)?)?).ok()?;
    let (record, rest) = records.split_at_checked(length)?;
    let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|byte| *byte == b'=')?;
    Some((record.get(..equals)?, record.get(equals + 1..)?, rest))
}

fn number(text: &[u8]) -> Option<u64> {
    // `parse` would accept a sign, too.
    let digits = text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| digits)?.parse().ok()
}

/// Parses seconds with an optional sign and fraction, as nanoseconds.
fn time(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction: String = fraction.chars().chain(std::iter::repeat('0')).take(9).collect();
    let (seconds, nanoseconds): (i64, i64) = (seconds.parse().ok()?, fraction.parse().ok()?);
    let sign = if text.starts_with('-') { -1 } else { 1 };
    seconds.checked_mul(1_000_000_000)?.checked_add(sign * nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(records: &[u8]) -> Result<Extension, Reason> {
        let mut extension = Extension::default();
        extension.add_records(records).map(|()| extension)
    }

    #[test]
    fn values_may_contain_any_bytes() {
        let extension = read(b"14 path=a\nb=\xff\n23 comment=unimportant\n13 size=1024\n").unwrap();
        assert_eq!((extension.path.as_deref(), extension.size), (Some(&b"a\nb=\xff"[..]), Some(1024)));
    }

    #[test]
    fn invalid_records_are_rejected() {
        for records in [
            &b"path=a\n"[..],
            b"99 path=a\n",
            b"0 path=a\n",
            b"3 path=a\n",
            b"-9 path=a\n",
            b"10 path=a",
            b"9 pathhh\n",
            b"11 size=-1\n",
            b"99999999999999999999 size=1\n",
            b"30 size=99999999999999999999\n",
        ] {
            assert_eq!(read(records).unwrap_err(), Reason::Malformed, "{records:?}");
        }
        assert_eq!(read(b"26 GNU.sparse.realsize=99\n").unwrap_err(), Reason::Kind(Kind::Other));
    }

    #[test]
    fn times_may_have_fractions() {
        assert_eq!(time(b"1.25"), Some(1_250_000_000));
        assert_eq!(time(b"-1.5"), Some(-1_500_000_000));
        assert_eq!(time(b"7"), Some(7_000_000_000));
        for text in [&b""[..], b"x", b"1.x", b"99999999999999999999"] {
            assert_eq!(time(text), None);
        }
    }
}
