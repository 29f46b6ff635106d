//! The secret from which the names of containers, volumes and disk images are derived.

use std::{fmt, io, path::Path};

use sha2::{Digest, Sha256};

use super::random_id;
use crate::{config::id::SandboxId, hex::hex};

/// How many bytes of randomness it has.
const BYTES: usize = 32;

/// How many bytes a name has. Sandboxes of different data directories have different names by chance alone.
const NAME: usize = 10;

/// The secret of a data directory. Sandboxes can see each other's names: with it, a name says nothing about the id,
/// and nobody else can tell the name of an id.
pub struct Secret([u8; 2 * BYTES]);

impl Secret {
    /// Reads the secret from a file, or creates the file with the former one, or else a random one.
    ///
    /// # Errors
    /// As [`random_id::read_or_make`].
    pub fn read_or_make(path: &Path, former: Option<&Self>) -> io::Result<Self> {
        let former = former.map(|former| String::from_utf8_lossy(&former.0));
        let text = random_id::read_or_make::<BYTES>(path, former.as_deref())?;
        text.as_bytes().try_into().map(Self).map_err(io::Error::other)
    }

    /// The name of a sandbox: 20 hexadecimal digits, always the same ones.
    pub fn name(&self, id: &SandboxId) -> String {
        hex(hmac(&self.0, id.as_str().as_bytes()).into_iter().take(NAME))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// HMAC-SHA-256 (RFC 2104) with a key that is exactly one block long.
fn hmac(key: &[u8; 64], message: &[u8]) -> [u8; 32] {
    let inner = Sha256::new().chain_update(key.map(|byte| byte ^ 0x36)).chain_update(message);
    let outer = Sha256::new().chain_update(key.map(|byte| byte ^ 0x5c)).chain_update(inner.finalize());
    outer.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test cases 1 and 2. Shorter keys are padded with zeros.
    #[test]
    fn the_hmac_is_that_of_the_standard() {
        let key =
            |bytes: &[u8]| -> [u8; 64] { std::array::from_fn(|at| bytes.get(at).copied().unwrap_or(0)) };
        assert_eq!(
            hex(hmac(&key(&[0x0b; 20]), b"Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert_eq!(
            hex(hmac(&key(b"Jefe"), b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn a_secret_is_made_once_and_is_not_printed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        let (one, two) =
            (Secret::read_or_make(&path, None).unwrap(), Secret::read_or_make(&path, None).unwrap());
        let id = SandboxId::try_from("a".to_owned()).unwrap();
        assert_eq!(one.name(&id), two.name(&id));
        assert_eq!(one.name(&id).len(), 2 * NAME);
        assert_eq!(format!("{one:?}"), "Secret");
        std::fs::write(&path, "").unwrap();
        assert_eq!(Secret::read_or_make(&path, None).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
