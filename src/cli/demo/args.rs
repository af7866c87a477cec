//! What every demo is given, and how it speaks of its progress.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::time::Duration;

use clap::Args;

/// How long fleet and detector may take to end.
pub(super) const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);
/// Connections of the simulated fleet.
pub(super) const FLEET_CONNECTIONS: u32 = 8;

/// What was asked of the demo.
#[derive(Debug, Clone, Copy, Args)]
pub struct DemoArgs {
    /// Seed for the demo's data and chance; the demos of other systems (--source) always repeat.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Run fleet and detector without a screen for this many seconds, then print what happened.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub headless: Option<u64>,
    /// Add this many entries with one error whose cause is gone, to be retried in bulk, and a tenth as
    /// many that fail again.
    #[arg(long, value_name = "COUNT", default_value_t = 0,
        value_parser = clap::value_parser!(u64).range(..=10_000))]
    pub backlog: u64,
    /// Start with a detector that nobody has armed: sweeps are dry, as on a database of one's own.
    #[arg(long)]
    pub unarmed: bool,
    /// Print the summary of --headless as JSON.
    #[arg(long, requires = "headless")]
    pub json: bool,
}

/// Progress, for people only.
pub(super) fn say(line: &str) {
    let mut err = stderr();
    if err.is_terminal() {
        let _ = writeln!(err, "dlqtop: {line}");
    }
}
