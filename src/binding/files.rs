use cofferdam_core::protocol::file::Entry;
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

/// One entry of a directory; see `FileEntry` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeEntry {
    pub name: Buffer,
    pub mode: u32,
    pub size: f64,
    pub modified: f64,
}

impl From<Entry> for NativeEntry {
    fn from(Entry { name, mode, size, modified }: Entry) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "JavaScript's numbers; exact up to 2^53")]
        let (size, modified) = (size as f64, modified as f64);
        Self { name: name.into(), mode, size, modified }
    }
}
