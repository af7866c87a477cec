//! Waiting for what nobody announces.

use std::time::{Duration, Instant};

/// Looks at `condition` until it holds, and says whether it did within `limit`. Only for what
/// has no event to wait for, such as the end of somebody else's child.
#[must_use]
pub fn wait_until(limit: Duration, condition: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    while !condition() {
        if Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}
