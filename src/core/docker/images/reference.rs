/// Splits an image's name into repository and tag, `latest` by default. A digest takes the place of the tag.
pub fn split(name: &str) -> (&str, &str) {
    if let Some((repository, digest)) = name.split_once('@') {
        return (repository, digest);
    }
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (name, "latest"),
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_name_has_a_repository_and_a_tag() {
        for (name, repository, tag) in [
            ("a", "a", "latest"),
            ("a:1", "a", "1"),
            ("host:5000/a/b", "host:5000/a/b", "latest"),
            ("host:5000/a:1", "host:5000/a", "1"),
            ("a@sha256:00", "a", "sha256:00"),
        ] {
            assert_eq!(split(name), (repository, tag));
        }
    }
}
