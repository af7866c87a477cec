//! How much work something is, on a machine that may be busy with something else.

use std::time::Duration;

/// How long this thread has worked. What it has waited for a processor is not in it.
#[cfg(unix)]
pub fn worked() -> Duration {
    let clock = nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID;
    clock.now().unwrap().into()
}

/// How long this process has been there: the best that can be had here.
#[cfg(not(unix))]
pub fn worked() -> Duration {
    static BEGUN: std::sync::LazyLock<std::time::Instant> =
        std::sync::LazyLock::new(std::time::Instant::now);
    BEGUN.elapsed()
}
