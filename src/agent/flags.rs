use cofferdam_protocol::ulimit::Ulimit;
use nix::sys::resource::Resource;

/// How PID 1 was told to behave.
#[derive(Default)]
pub struct Flags {
    /// It ends with its last link.
    pub tethered: bool,
    /// The workspace is a directory of the caller's.
    pub foreign_workspace: bool,
    /// Directories in memory that commands may write to.
    pub tmpfs: Vec<String>,
    /// Limits of each process of a command.
    pub ulimits: Vec<(Resource, Ulimit)>,
}

impl TryFrom<&[&str]> for Flags {
    type Error = String;

    fn try_from(words: &[&str]) -> Result<Self, Self::Error> {
        let mut flags = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match *word {
                "--tethered" => flags.tethered = true,
                "--foreign-workspace" => flags.foreign_workspace = true,
                "--tmpfs" => flags.tmpfs.push((*value()?).to_owned()),
                "--ulimit" => flags.ulimits.push(ulimit(value()?)?),
                other => return Err(format!("there is no option {other}")),
            }
        }
        Ok(flags)
    }
}

/// A limit, given as `NAME=SOFT:HARD`.
fn ulimit(text: &str) -> Result<(Resource, Ulimit), String> {
    let parsed = text.split_once('=').and_then(|(name, limit)| Some((resource(name)?, limit.parse().ok()?)));
    parsed.ok_or_else(|| format!("--ulimit must be NAME=SOFT:HARD, not {text}"))
}

fn resource(name: &str) -> Option<Resource> {
    Some(match name {
        "as" => Resource::RLIMIT_AS,
        "core" => Resource::RLIMIT_CORE,
        "cpu" => Resource::RLIMIT_CPU,
        "data" => Resource::RLIMIT_DATA,
        "fsize" => Resource::RLIMIT_FSIZE,
        "locks" => Resource::RLIMIT_LOCKS,
        "memlock" => Resource::RLIMIT_MEMLOCK,
        "msgqueue" => Resource::RLIMIT_MSGQUEUE,
        "nofile" => Resource::RLIMIT_NOFILE,
        "nproc" => Resource::RLIMIT_NPROC,
        "rss" => Resource::RLIMIT_RSS,
        "sigpending" => Resource::RLIMIT_SIGPENDING,
        "stack" => Resource::RLIMIT_STACK,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use cofferdam_protocol::ulimit::NAMES;

    use super::*;

    #[test]
    fn every_limit_of_the_protocol_is_known() {
        let words: Vec<String> =
            NAMES.iter().flat_map(|name| ["--ulimit".to_owned(), format!("{name}=1:-1")]).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        assert_eq!(Flags::try_from(words.as_slice()).unwrap().ulimits.len(), NAMES.len());
        for wrong in [&["--ulimit"][..], &["--ulimit", "nice=1:1"], &["--ulimit", "core=1"], &["--other"]] {
            assert!(Flags::try_from(wrong).is_err(), "{wrong:?}");
        }
    }
}
