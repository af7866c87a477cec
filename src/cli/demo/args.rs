//! What every demo is given, and how it speaks of its progress.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::time::Duration;

/// How long fleet and detector may take to end.
pub(super) const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);
/// Connections of the simulated fleet.
pub(super) const FLEET_CONNECTIONS: u32 = 8;

/// What was asked of the demo.
#[derive(Debug, Clone, Copy)]
pub struct DemoArgs {
    /// Makes it repeatable.
    pub seed: u64,
    /// Seconds to run without a screen.
    pub headless: Option<u64>,
    /// So many more entries of one error.
    pub backlog: u64,
    /// Print the summary as JSON.
    pub json: bool,
}

/// Progress, for people only.
pub(super) fn say(line: &str) {
    let mut err = stderr();
    if err.is_terminal() {
        let _ = writeln!(err, "dlqtop: {line}");
    }
}
