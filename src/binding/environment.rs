use std::cell::OnceCell;

use cofferdam_core::Cancellation;
use napi::Env;

thread_local! {
    /// The end of this thread's Node environment: each has a thread of its own.
    static ENDING: OnceCell<Cancellation> = const { OnceCell::new() };
}

/// What ends the calls of an environment with it: a worker that is terminated leaves no command behind.
pub fn ending(env: Env) -> Cancellation {
    ENDING.with(|ending| {
        let watch = || {
            let ending = Cancellation::default();
            // Without the hook, the calls go on to their own end.
            let _ = env.add_env_cleanup_hook(ending.clone(), |ending| ending.cancel());
            ending
        };
        ending.get_or_init(watch).clone()
    })
}
