use std::collections::BTreeMap;

use super::protobuf::{Fields, put_bytes, put_field};

/// The methods that a builder may call.
pub const METHODS: [&str; 3] = [
    "/grpc.health.v1.Health/Check",
    "/moby.buildkit.secrets.v1.Secrets/GetSecret",
    "/moby.filesync.v1.Auth/Credentials",
];

/// The state of a service that works.
const SERVING: u64 = 1;

/// Why a call is refused, in the numbers of gRPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such thing.
    NotFound = 5,
    /// There is no such method.
    Unimplemented = 12,
}

/// What a build may ask for while it runs.
#[derive(Default)]
pub struct Answers {
    /// Secrets by their ids.
    pub secrets: BTreeMap<String, Vec<u8>>,
    /// User names and passwords by the hosts of registries. A token comes as a password without a user name.
    pub logins: BTreeMap<String, (String, String)>,
}

impl Answers {
    /// The answer to a call.
    pub fn answer(&self, method: &str, request: &[u8]) -> Result<Vec<u8>, Refusal> {
        let [health, secret, credentials] = METHODS;
        let mut answer = Vec::new();
        // The first field of each request says what is wanted.
        let asked = Fields(request).find(|(field, _)| *field == 1).map(|(_, value)| value.text());
        let asked = asked.unwrap_or_default();
        if method == health {
            put_field(&mut answer, 1, SERVING);
        } else if method == secret {
            put_bytes(&mut answer, 1, self.secrets.get(&asked).ok_or(Refusal::NotFound)?);
        } else if method == credentials {
            // Without credentials the answer is empty, and the builder goes on without them.
            if let Some((username, secret)) = self.logins.get(&asked) {
                put_bytes(&mut answer, 1, username.as_bytes());
                put_bytes(&mut answer, 2, secret.as_bytes());
            }
        } else {
            return Err(Refusal::Unimplemented);
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_builder_gets_what_it_may_have() {
        let answers = Answers {
            secrets: BTreeMap::from([("token".to_owned(), b"s3cret".to_vec())]),
            logins: BTreeMap::from([("a.example".to_owned(), ("me".to_owned(), "pw".to_owned()))]),
        };
        let ask = |method: &str, asked: &str| {
            let mut request = Vec::new();
            put_bytes(&mut request, 1, asked.as_bytes());
            answers.answer(method, &request)
        };
        let texts = |answer: &[u8]| Fields(answer).map(|(_, value)| value.text()).collect::<Vec<_>>();
        assert_eq!(texts(&ask(METHODS[1], "token").unwrap()), ["s3cret"]);
        assert_eq!(ask(METHODS[1], "other"), Err(Refusal::NotFound));
        assert_eq!(texts(&ask(METHODS[2], "a.example").unwrap()), ["me", "pw"]);
        assert_eq!(ask(METHODS[2], "b.example"), Ok(Vec::new()));
        assert_eq!(ask(METHODS[0], ""), Ok(vec![8, 1]));
        assert_eq!(ask("/moby.filesync.v1.FileSync/DiffCopy", ""), Err(Refusal::Unimplemented));
    }
}
