use serde::Deserialize;
use serde_json::{Value, json};

use super::{check::absolute, limits::Size, nulls::without_nulls};
use crate::error::{Error, Result};

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mount {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    target: String,
    #[serde(default)]
    read_only: bool,
    #[serde(default)]
    size: Option<Size>,
}

impl Mount {
    /// The mount as the engine takes it.
    pub fn body(&self) -> Result<Value> {
        let wrong = |message: String| Err(Error::invalid("mounts", format!("mounts: {message}")));
        absolute("mounts", Some(&self.target))?;
        match (self.kind.as_str(), &self.source) {
            ("tmpfs", Some(_)) => return wrong("a tmpfs takes no source".to_owned()),
            ("bind", Some(source)) if !source.starts_with('/') => {
                return wrong(format!("the source of a bind must be an absolute path, not {source:?}"));
            }
            ("bind" | "volume", None) => return wrong(format!("a {} needs a source", self.kind)),
            ("bind" | "volume" | "tmpfs", _) => {}
            (kind, _) => return wrong(format!("type must be 'bind', 'volume' or 'tmpfs', not {kind:?}")),
        }
        if self.size.is_some() && self.kind != "tmpfs" {
            return wrong("only a tmpfs takes a size".to_owned());
        }
        let size = self.size.as_ref().map(|size| size.bytes("mounts")).transpose()?;
        Ok(without_nulls(json!({
            "Type": self.kind,
            "Source": self.source,
            "Target": self.target,
            "ReadOnly": self.read_only,
            "TmpfsOptions": size.map(|bytes| json!({ "SizeBytes": bytes })),
        })))
    }
}
