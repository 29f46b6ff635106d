use cofferdam_core::docker::{archives::Extraction, images::ImportParameters};
use napi_derive::napi;

/// See `PutArchiveOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativePutOptions {
    pub keep_kinds: Option<bool>,
}

impl NativePutOptions {
    pub fn into_core(self) -> Extraction {
        Extraction { keeps_kinds: self.keep_kinds.unwrap_or_default() }
    }
}

/// See `ImportOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativeImportOptions {
    pub name: Option<String>,
    pub message: Option<String>,
    pub changes: Option<Vec<String>>,
    pub platform: Option<String>,
}

impl NativeImportOptions {
    pub fn into_core(self) -> ImportParameters {
        let Self { name, message, changes, platform } = self;
        ImportParameters { name, message, changes: changes.unwrap_or_default(), platform }
    }
}
