use super::*;

/// Whether a path would be left out of a context, with all that is above it.
fn leaves_out(patterns: &[u8], path: &str) -> bool {
    let ignored = Ignored::parse(patterns, Some(Path::new("Dockerfile"))).unwrap();
    let mut above: Option<Verdict> = None;
    let steps: Vec<&Path> = Path::new(path).ancestors().filter(|step| *step != Path::new("")).collect();
    for step in steps.iter().rev() {
        let verdict = ignored.decide(step, above.as_ref());
        if verdict.is_left_out && *step != Path::new(path) && !ignored.has_exceptions_below(step) {
            return true;
        }
        above = Some(verdict);
    }
    above.is_some_and(|verdict| verdict.is_left_out)
}

#[test]
fn the_last_pattern_that_matches_a_path_decides() {
    let patterns =
        "\u{feff}# comment\nnode_modules\n*.log\n**/secret\n/dist/\n!dist/keep\nDockerfile\n./a/*.tmp\n";
    for path in ["node_modules", "node_modules/x/y", "x.log", "secret", "a/b/secret", "dist/x", "a/b.tmp"] {
        assert!(leaves_out(patterns.as_bytes(), path), "{path}");
    }
    for path in ["src", "a/x.log", "dist/keep", "Dockerfile", ".dockerignore", "a/b/c.tmp", "my_secret"] {
        assert!(!leaves_out(patterns.as_bytes(), path), "{path}");
    }
}

#[test]
fn patterns_match_as_dockers() {
    for (pattern, path) in [
        ("*", "a/b"),
        ("*.log", ".log"),
        ("a?c", "aéc"),
        ("[a-c]x", "bx"),
        ("[^a-c]x", "dx"),
        ("[!a]x", "!x"),
        ("[!a]x", "ax"),
        ("x[^a]b", "x/b"),
        ("\\*", "*"),
        ("a\\db", "a1b"),
        ("[[:alpha:]]x", "bx"),
        ("**", "a/b/c"),
        ("**.pyc", "a/b.pyc"),
        ("**.pyc", "b.pyc"),
        ("**/b", "ab/b"),
        ("a**b", "ab"),
        ("a**b", "ax/b"),
        ("a**", "abc/d"),
        ("a/**/b", "a/b"),
        ("a/**/b", "a/x/y/b"),
        ("^*.x", "a.x"),
        ("{a,b}", "{a,b}"),
        ("a{2}*", "aab"),
        ("a{1,2}b?", "aabx"),
        ("a{,2}*", "a{,2}x"),
        ("*a|*b", "xaxx"),
    ] {
        assert!(leaves_out(pattern.as_bytes(), path), "{pattern} {path}");
    }
    for (pattern, path) in [
        ("a", "ab"),
        ("a?c", "a/c"),
        ("*.b", "a/x.b"),
        ("[!a]x", "bx"),
        ("a**b", "axb"),
        ("**a*", "ba"),
        ("a/**/b", "a/xb"),
        ("a^b*", "a^b"),
        ("*/*", "a"),
        ("a\\db", "adb"),
        ("{a,b}", "a"),
        ("a{2}*", "ab"),
        ("a{2}", "aa"),
        ("/", "a"),
        ("../a", "a"),
    ] {
        assert!(!leaves_out(pattern.as_bytes(), path), "{pattern} {path}");
    }
}

#[test]
fn a_directory_is_entered_for_an_exception_that_names_it() {
    assert!(!leaves_out(b"dist\n!dist/keep", "dist/keep"));
    assert!(leaves_out(b"dist\n!**/keep", "dist/keep"));
    assert!(!leaves_out(b"docker\nDockerfile", "Dockerfile"));
    let ignored = Ignored::parse(b"docker", Some(Path::new("docker/Recipe"))).unwrap();
    assert!(ignored.has_exceptions_below(Path::new("docker")));
    assert!(!ignored.has_exceptions_below(Path::new("other")));
}

#[test]
fn an_error_has_no_content() {
    for text in ["a\nsecret[", "a\nsecret\\", "a\n!", "a\nse\\cret"] {
        let error = Ignored::parse(text.as_bytes(), None).err().unwrap();
        let message = error.message();
        assert!(message.contains("line 2") && !message.contains("secret"), "{message}");
    }
}

#[test]
fn a_pattern_of_many_stars_takes_no_exponential_time() {
    let pattern = "*a".repeat(1000) + "b";
    assert!(!leaves_out(pattern.as_bytes(), &"a".repeat(4000)));
    let ignored = Ignored::parse(("**/".repeat(1000) + "b*").as_bytes(), None).unwrap();
    assert!(ignored.decide(Path::new(&("a/".repeat(1000) + "b")), None).is_left_out);
}
