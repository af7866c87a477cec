//! The clock that screens, detectors and receipts of this process are given.

use chrono::{DateTime, Utc};

#[expect(
    clippy::disallowed_methods,
    reason = "the one clock that the screen is given"
)]
pub(super) fn now() -> DateTime<Utc> {
    Utc::now()
}
