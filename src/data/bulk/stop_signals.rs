//! What ends a run before its time.

use tokio_util::sync::CancellationToken;

/// What ends a run before its time.
#[derive(Debug, Clone, Default)]
pub struct StopSignals {
    /// The operator wants no more of it: the rest is never tried.
    pub stop: CancellationToken,
    /// The program ends: a run with a pace is cut short, to be taken up later.
    pub leave: CancellationToken,
    /// Any run is cut short, to be taken up later: whoever waits for it wants to wait no more.
    pub cut: CancellationToken,
}
