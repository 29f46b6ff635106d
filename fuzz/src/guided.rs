//! One target under libFuzzer, which keeps the inputs that reach new code. `scripts/fuzz.sh` builds and runs it.
#![no_main]

use std::sync::LazyLock;

use cofferdam_fuzz::target::Target;
use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<Option<&Target>> =
    LazyLock::new(|| std::env::var("FUZZ_TARGET").ok().and_then(|name| Target::named(&name)));

fuzz_target!(|input: &[u8]| {
    let Some(target) = *TARGET else { panic!("FUZZ_TARGET must name a target") };
    target.take(input);
});
