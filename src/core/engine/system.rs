//! The engine itself.

use crate::engine::Engine;
use crate::error::Result;

impl Engine {
    /// Asks the engine for a sign of life.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn ping(&self) -> Result<()> {
        self.call("answer a ping", self.docker().ping()).await.map(drop)
    }

    /// The architecture that containers run on, as Rust and the kernel name it: `x86_64`, `aarch64`.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn architecture(&self) -> Result<String> {
        let version = self.call("tell its version", self.docker().version()).await?;
        let name = version.arch.unwrap_or_default();
        Ok(match name.as_str() {
            "amd64" => "x86_64".to_owned(),
            "arm64" => "aarch64".to_owned(),
            _ => name,
        })
    }
}
