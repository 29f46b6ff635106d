use crate::Version;

/// Bytes read from and written to all block devices, from the text of [`File::Io`](crate::File::Io). Zero if it is
/// empty.
#[must_use]
pub fn bytes_transferred(version: Version, text: &str) -> (u64, u64) {
    match version {
        Version::V1 => (sum_v1(text, "Read"), sum_v1(text, "Write")),
        Version::V2 => (sum_v2(text, "rbytes"), sum_v2(text, "wbytes")),
    }
}

/// Lines such as `8:0 Read 4096`.
fn sum_v1(text: &str, operation: &str) -> u64 {
    let bytes = |line: &str| {
        let mut words = line.split_whitespace().skip(1);
        (words.next()? == operation).then(|| words.next()?.parse::<u64>().ok())?
    };
    text.lines().filter_map(bytes).sum()
}

/// Lines such as `8:0 rbytes=4096 wbytes=0`.
fn sum_v2(text: &str, name: &str) -> u64 {
    let fields = text.split_whitespace().filter_map(|word| word.split_once('='));
    fields.filter(|(key, _)| *key == name).filter_map(|(_, value)| value.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_added_up_under_both_versions() {
        let v1 = "8:0 Read 1413120\n8:0 Write 4096\n8:0 Sync 1417216\n8:0 Async 0\n8:0 Total 1417216\n\
            8:16 Read 512\n8:16 Write 0\nTotal 1417728\n";
        let v2 = "8:0 rbytes=1413120 wbytes=4096 rios=47 wios=1 dbytes=0 dios=0\n8:16 rbytes=512 wbytes=0\n";
        assert_eq!(bytes_transferred(Version::V1, v1), (1_413_632, 4096));
        assert_eq!(bytes_transferred(Version::V2, v2), (1_413_632, 4096));
        assert_eq!(bytes_transferred(Version::V1, ""), (0, 0));
    }
}
