//! The answer of `/health`.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::sync::watch;

use crate::data::model::detector::DetectorState;
use crate::data::model::safe_text::SafeText;
use crate::detector::status::{Phase, Status};
use crate::telemetry::liveness::Liveness;

/// The health of this program.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Health {
    /// `ok`, `starting` until the first answer of the database, or `unreachable`.
    pub status: &'static str,
    /// The version of dlqtop.
    pub version: &'static str,
    /// The source.
    pub source: String,
    /// The detector of this process.
    pub detector: Detector,
    /// How old the newest answer of the database is.
    pub data_age_seconds: Option<f64>,
}

/// The detector of this process. Others may run elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Detector {
    /// `off`, `waiting`, `sweeping`, `failing` (the log says why) or `stopped`.
    pub phase: &'static str,
    /// Why it is off.
    pub off_because: Option<SafeText>,
    /// Seconds since its last sweep.
    pub last_sweep_age_seconds: Option<f64>,
    /// It only reports what it would do.
    pub dry_run: bool,
    /// Whether sweeps act on this database; `None` while that is not known.
    pub armed: Option<bool>,
    /// Why the breaker holds sweeps, if it does.
    pub held: Option<SafeText>,
}

impl Health {
    /// The health at this instant.
    #[must_use]
    pub fn of(
        liveness: &Liveness,
        detector: &watch::Receiver<Status>,
        source: &str,
        now: DateTime<Utc>,
    ) -> Self {
        let status = match (liveness.is_alive(), liveness.is_new()) {
            (false, _) => "unreachable",
            (true, true) => "starting",
            (true, false) => "ok",
        };
        Self {
            status,
            version: env!("CARGO_PKG_VERSION"),
            source: source.to_owned(),
            // A closed channel is a task that has died.
            detector: Detector {
                armed: state(liveness).map(DetectorState::is_armed),
                held: state(liveness)
                    .filter(|state| state.is_armed() && state.holds)
                    .and_then(|state| state.why.clone()),
                ..Detector::of(&detector.borrow(), detector.has_changed().is_ok(), now)
            },
            data_age_seconds: liveness.age().map(|age| age.as_secs_f64()),
        }
    }
}

/// What the newest poll knows of the database's detector.
fn state(liveness: &Liveness) -> Option<&DetectorState> {
    let counts = liveness.fresh()?.counts.as_ref().ok()?;
    counts.detector.as_ref()
}

impl Detector {
    fn of(status: &Status, lives: bool, now: DateTime<Utc>) -> Self {
        let phase = match &status.phase {
            Phase::Off => "off",
            _ if !lives => "stopped",
            Phase::Waiting => "waiting",
            Phase::Sweeping => "sweeping",
            Phase::Failing(_) => "failing",
        };
        let age = |ended: DateTime<Utc>| (now - ended).as_seconds_f64().max(0.0);
        Self {
            phase,
            off_because: status.off_because.clone(),
            last_sweep_age_seconds: status.last.as_ref().map(|last| age(last.ended)),
            dry_run: status.dry_run,
            armed: None,
            held: None,
        }
    }
}
