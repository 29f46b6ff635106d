use std::cell::OnceCell;

use cofferdam_core::Cancellation;
use napi::Env;

thread_local! {
    /// Cancelled when this thread's Node environment ends. Every environment has a thread of its own.
    static ENDING: OnceCell<Cancellation> = const { OnceCell::new() };
}

/// Cancelled when the Node environment ends, so that a terminated worker leaves no commands behind.
pub fn ending(env: Env) -> Cancellation {
    ENDING.with(|ending| {
        let watch = || {
            let ending = Cancellation::default();
            // Without the hook, calls run to their own end.
            let _ = env.add_env_cleanup_hook(ending.clone(), |ending| ending.cancel());
            ending
        };
        ending.get_or_init(watch).clone()
    })
}
