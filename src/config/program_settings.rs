//! The settings of this process, by section of the file: what [`keys::KEYS`](super::keys::KEYS) fill in.

use std::net::SocketAddr;
use std::time::Duration;

use super::value::{Budget, ReadUrl};
use crate::app::writes::pace::PaceSettings;

/// What the detector, bulk runs, polls and telemetry of this process do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProgramSettings {
    /// `[staleness_detection]`.
    pub detection: Detection,
    /// `[bulk]`.
    pub bulk: PaceSettings,
    /// `[polling]`.
    pub polling: Polling,
    /// `[telemetry]`.
    pub telemetry: Telemetry,
}

/// `[staleness_detection]`: the detector of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detection {
    /// Whether dashboards run one.
    pub enabled: bool,
    /// Whether it only reports.
    pub dry_run: bool,
    /// From one sweep to the next.
    pub interval: Duration,
    /// No new chunk of a sweep is begun after this long.
    pub budget: Duration,
}

/// `[polling]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Polling {
    /// From one poll to the next.
    pub interval: Duration,
    /// What the polls may cost.
    pub db_budget: Budget,
    /// The replica to poll, if not the database itself.
    pub read_url: ReadUrl,
}

/// `[telemetry]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Telemetry {
    /// Where `/metrics` and `/health` are served, if anywhere.
    pub metrics_listen: Option<SocketAddr>,
}

impl ProgramSettings {
    /// Empty: every field is filled from the table's defaults before anybody sees it.
    pub(super) const BLANK: Self = Self {
        detection: Detection {
            enabled: false,
            dry_run: false,
            interval: Duration::ZERO,
            budget: Duration::ZERO,
        },
        bulk: PaceSettings {
            per_second: 0.0,
            canary_timeout: Duration::ZERO,
            halt_after: 0,
        },
        polling: Polling {
            interval: Duration::ZERO,
            db_budget: Budget::Off,
            read_url: ReadUrl::NONE,
        },
        telemetry: Telemetry {
            metrics_listen: None,
        },
    };
}
