use cofferdam_core::docker::logs::LogOptions;
use napi_derive::napi;

/// See `LogOptions` in index.d.ts; times in seconds since 1970.
#[napi(object, object_to_js = false)]
#[expect(clippy::struct_excessive_bools, reason = "as in JavaScript")]
pub struct NativeLogOptions {
    pub follow: bool,
    pub stdout: bool,
    pub stderr: bool,
    pub tail: Option<f64>,
    pub since: Option<f64>,
    pub until: Option<f64>,
    pub timestamps: bool,
}

impl NativeLogOptions {
    pub fn into_core(self) -> LogOptions {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the facade checks that it is a count"
        )]
        let tail = self.tail.map(|lines| lines as u64);
        LogOptions {
            follow: self.follow,
            stdout: self.stdout,
            stderr: self.stderr,
            tail,
            since: self.since,
            until: self.until,
            timestamps: self.timestamps,
        }
    }
}
