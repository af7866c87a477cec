//! What ends a run before its time.

use tokio_util::sync::CancellationToken;

/// What ends a run before its time.
#[derive(Debug, Clone, Default)]
pub struct StopSignals {
    /// The operator stops it: the rest is never sent.
    pub stop: CancellationToken,
    /// The program ends: a run with a pace is interrupted, to be resumed later.
    pub leave: CancellationToken,
    /// Interrupts any run, to be resumed later.
    pub cut: CancellationToken,
}
