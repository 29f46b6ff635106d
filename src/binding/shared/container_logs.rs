use cofferdam_core::{
    Result,
    docker::logs::{LogOptions, Moment},
};
use napi::bindgen_prelude::Either;
use napi_derive::napi;

/// See `LogOptions` in index.d.ts; times in seconds since 1970, or as text.
#[napi(object, object_to_js = false)]
#[expect(clippy::struct_excessive_bools, reason = "as in JavaScript")]
pub struct NativeLogOptions {
    pub follow: bool,
    pub stdout: bool,
    pub stderr: bool,
    pub tail: Option<f64>,
    pub since: Option<Either<f64, String>>,
    pub after: Option<String>,
    pub until: Option<Either<f64, String>>,
    pub timestamps: bool,
}

impl NativeLogOptions {
    pub fn into_core(self) -> Result<LogOptions> {
        let since = moment("since", self.since)?;
        let until = moment("until", self.until)?;
        let after = self.after.map(|text| Moment::parse("after", &text)).transpose()?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the facade checks that it is a count"
        )]
        let tail = self.tail.map(|lines| lines as u64);
        Ok(LogOptions {
            follow: self.follow,
            stdout: self.stdout,
            stderr: self.stderr,
            tail,
            since: after.map(Moment::next).or(since).map(|moment| moment.to_string()),
            until: until.map(|moment| moment.to_string()),
            timestamps: self.timestamps,
        })
    }
}

fn moment(option: &'static str, given: Option<Either<f64, String>>) -> Result<Option<Moment>> {
    given
        .map(|given| match given {
            Either::A(seconds) => Moment::from_seconds(option, seconds),
            Either::B(text) => Moment::parse(option, &text),
        })
        .transpose()
}
