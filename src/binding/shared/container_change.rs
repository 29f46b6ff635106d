use cofferdam_core::{Code, Error, Result, docker::containers::Change};
use napi_derive::napi;

/// A change of a container's state; see [`Change`].
#[napi(object, object_to_js = false)]
pub struct NativeChange {
    pub verb: String,
    /// Seconds.
    pub grace: Option<u32>,
    pub signal: Option<String>,
    pub force: Option<bool>,
    pub volumes: Option<bool>,
}

impl NativeChange {
    pub fn into_core(self) -> Result<Change> {
        Ok(match self.verb.as_str() {
            "start" => Change::Start,
            "stop" => Change::Stop(self.grace),
            "restart" => Change::Restart(self.grace),
            "pause" => Change::Pause,
            "unpause" => Change::Unpause,
            "kill" => Change::Kill(self.signal),
            "remove" => Change::Remove {
                force: self.force.unwrap_or_default(),
                volumes: self.volumes.unwrap_or(true),
            },
            verb => {
                return Err(Error::new(Code::Internal, format!("unknown change of a container: {verb:?}")));
            }
        })
    }
}
