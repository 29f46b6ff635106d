use serde_json::Value;

/// The state of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Created, but never started.
    Created,
    /// Running or restarting.
    Running,
    /// All its processes are frozen.
    Paused,
    /// Its first process has ended.
    Exited,
    /// Being removed, or broken.
    Gone,
}

impl State {
    /// From the state of an inspected container.
    #[must_use]
    pub fn inspected(state: &Value) -> Self {
        // An unknown word: whether anything of it runs is said apart.
        Self::parse(&state["Status"]).unwrap_or(match (state["Running"] == true, state["Paused"] == true) {
            (_, true) => Self::Paused,
            (true, false) => Self::Running,
            (false, false) => Self::Exited,
        })
    }

    /// From an entry of a list, which has a sentence for people instead, such as `Up 3 hours (Paused)`.
    #[must_use]
    pub fn listed(entry: &Value) -> Self {
        let status = entry["Status"].as_str().unwrap_or_default();
        Self::parse(&entry["State"]).unwrap_or(
            match (status.starts_with("Up"), status.contains("(Paused)")) {
                (true, true) => Self::Paused,
                (true, false) => Self::Running,
                (false, _) => Self::Exited,
            },
        )
    }

    /// Docker's words and Podman's.
    fn parse(word: &Value) -> Option<Self> {
        match word.as_str()? {
            "created" | "configured" | "initialized" => Some(Self::Created),
            "running" | "restarting" | "stopping" => Some(Self::Running),
            "paused" => Some(Self::Paused),
            "exited" | "stopped" => Some(Self::Exited),
            "removing" | "dead" => Some(Self::Gone),
            _ => None,
        }
    }

    /// Whether it has processes, running or frozen.
    #[must_use]
    pub fn is_up(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }

    /// The state's name in JavaScript.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Exited => "exited",
            Self::Gone => "gone",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_engines_words_are_known() {
        for (word, state) in [
            ("created", State::Created),
            ("configured", State::Created),
            ("initialized", State::Created),
            ("running", State::Running),
            ("restarting", State::Running),
            ("stopping", State::Running),
            ("paused", State::Paused),
            ("exited", State::Exited),
            ("stopped", State::Exited),
            ("removing", State::Gone),
            ("dead", State::Gone),
        ] {
            assert_eq!(State::inspected(&json!({ "Status": word })), state, "{word}");
            assert_eq!(State::listed(&json!({ "State": word })), state, "{word}");
        }
    }

    #[test]
    fn behind_an_unknown_word_it_runs_if_the_engine_says_so() {
        for word in [json!("hibernating"), json!(""), json!(null), json!(3), json!({ "a": 1 })] {
            let inspected = |running: bool, paused: bool| {
                State::inspected(&json!({ "Status": word, "Running": running, "Paused": paused }))
            };
            assert_eq!(inspected(true, false), State::Running, "{word}");
            assert_eq!(inspected(true, true), State::Paused, "{word}");
            assert_eq!(inspected(false, false), State::Exited, "{word}");
            let listed = |status: &str| State::listed(&json!({ "State": word, "Status": status }));
            assert_eq!(listed("Up 3 hours"), State::Running, "{word}");
            assert_eq!(listed("Up 3 hours (Paused)"), State::Paused, "{word}");
            assert_eq!(listed("Exited (0) 3 hours ago"), State::Exited, "{word}");
        }
    }
}
