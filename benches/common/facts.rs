//! On what it was measured: figures without a machine mean little.

use std::fs;
use std::thread::available_parallelism;

use color_eyre::Result;
use serde_json::json;

use super::report;
use super::seed::Scale;
use super::server::{SETTINGS, Server, durable};

/// Prints the machine, the server and the size of the data.
pub fn print(bench: &str, server: &Server, scale: Scale) -> Result<()> {
    let settings: serde_json::Map<_, _> = SETTINGS
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    report::line(&json!({
        "bench": bench,
        "machine": {
            "cores": available_parallelism().map_or(0, usize::from),
            "memory": memory(),
            "load": load(),
            "postgresql": server.version(),
            "settings": settings,
            "commits_wait_for_disk": durable(),
        },
        "tasks": scale.tasks,
        "active": scale.active,
        "stale": scale.stale,
        "open_entries": scale.open,
    }))
}

fn memory() -> Option<String> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().next()?;
    Some(
        line.split_whitespace()
            .skip(1)
            .collect::<Vec<_>>()
            .join(" "),
    )
}

/// The load of the last minute: others may be at work on the same machine.
pub fn load() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}
