//! The metrics, under the names that dashboards and alert rules use. A new metric is a field of
//! [`Meters`]; list it in `docs/metrics.md`.
//!
//! The exporter translates them for Prometheus: dots become underscores, and a unit becomes a
//! suffix (`tasker_staleness_detection_duration_milliseconds`). The counters end in `.total`
//! already, so it adds no suffix of its own. `docs/metrics.md` lists the result.

mod readings;

use std::fmt;

use opentelemetry::metrics::{Counter, Histogram, Meter, MeterProvider as _};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::{Registry, TextEncoder};
use tokio::sync::watch;

use self::readings::{detector_state, last_sweep_age, number, pending_by_reason, tasks_by_health};
use crate::data::messages::command::DlqEvent;
use crate::data::model::detector::DetectorState;
use crate::data::native::sweep::{SweepReport, SweptTask};
use crate::telemetry::liveness::Liveness;

/// Milliseconds, dense around the five seconds at which an alert fires.
#[rustfmt::skip]
const SWEEP_MILLISECONDS: [f64; 17] = [
    5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1_000.0, 2_000.0, 3_000.0, 4_000.0, 5_000.0,
    6_000.0, 7_500.0, 10_000.0, 20_000.0, 30_000.0,
];
/// Hours: from minutes, for the on-call engineer, to weeks, for forgotten entries.
const QUEUE_HOURS: [f64; 11] = [0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 24.0, 72.0, 168.0, 720.0];
/// The reasons a sweep can find. They start at 0, or Prometheus would not see the first entry after a
/// start as an increase.
const SWEPT: [(&str, &str); 6] = [
    ("staleness_timeout", "waiting_for_dependencies"),
    ("staleness_timeout", "waiting_for_retry"),
    ("staleness_timeout", "steps_in_process"),
    ("max_retries_exceeded", "blocked_by_failures"),
    ("dependency_cycle_detected", "waiting_for_dependencies"),
    ("worker_unavailable", "steps_in_process"),
];
/// The longest label. Texts in the database must not fill the memory; the SDK limits their number.
const LABEL_CHARS: usize = 64;

/// Counts and measures. Clones count into the same numbers.
#[derive(Clone)]
pub struct Meters {
    registry: Registry,
    meter: Meter,
    entries_created: Counter<u64>,
    tasks_detected: Counter<u64>,
    tasks_transitioned: Counter<u64>,
    runs: Counter<u64>,
    duration: Histogram<f64>,
    time_in_queue: Histogram<f64>,
    // The instruments end with it.
    _provider: SdkMeterProvider,
}

impl fmt::Debug for Meters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meters").finish_non_exhaustive()
    }
}

impl Meters {
    /// Meters that can be read.
    ///
    /// # Errors
    ///
    /// If the exporter cannot be set up.
    pub fn new() -> Result<Self, OTelSdkError> {
        let registry = Registry::new();
        let exporter = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            .without_counter_suffixes()
            .scope_info_enabled(false)
            .build()?;
        // Nothing from the environment: these labels are documented.
        let resource = Resource::builder_empty()
            .with_service_name("dlqtop")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkMeterProvider::builder()
            .with_resource(resource)
            .with_reader(exporter)
            .build();
        Ok(Self::of(provider, registry))
    }

    /// Meters that record nothing.
    #[must_use]
    pub fn off() -> Self {
        Self::of(SdkMeterProvider::builder().build(), Registry::new())
    }

    fn of(provider: SdkMeterProvider, registry: Registry) -> Self {
        let meter = provider.meter_with_scope(InstrumentationScope::builder("dlqtop").build());
        let counter = |name, what| meter.u64_counter(name).with_description(what).build();
        let histogram = |name, unit, bounds: &[f64], what| {
            let histogram = meter.f64_histogram(name).with_unit(unit);
            let histogram = histogram.with_boundaries(bounds.to_vec());
            histogram.with_description(what).build()
        };
        Self {
            entries_created: counter("tasker.dlq.entries_created.total", "Dead letters opened"),
            tasks_detected: counter(
                "tasker.staleness.tasks_detected.total",
                "Tasks that a sweep found stuck, by their time in that state in minutes",
            ),
            tasks_transitioned: counter(
                "tasker.staleness.tasks_transitioned_to_error.total",
                "Tasks that a sweep moved to error",
            ),
            runs: counter("tasker.staleness.detection_runs.total", "Sweeps that ended"),
            duration: histogram(
                "tasker.staleness.detection.duration",
                "ms",
                &SWEEP_MILLISECONDS,
                "Time that a sweep took",
            ),
            time_in_queue: histogram(
                "tasker.dlq.time_in_queue",
                "h",
                &QUEUE_HOURS,
                "Time from opening to closing an investigation",
            ),
            registry,
            meter,
            _provider: provider,
        }
    }

    /// A detector starts: its counters exist from now on, at 0.
    pub fn detector_starts(&self, dry_run: bool) {
        self.runs.add(0, &[flag(dry_run)]);
        if !dry_run {
            for (reason, state) in SWEPT {
                self.entries_created.add(
                    0,
                    &[label("dlq_reason", reason), label("original_state", state)],
                );
            }
        }
    }

    /// A sweep has ended. One that made way for another detector does not count; a dry run counts as a
    /// sweep with a duration, but has moved nothing.
    pub fn sweep_ended(&self, report: &SweepReport, dry_run: bool) {
        if report.stood_aside {
            return;
        }
        self.runs.add(1, &[flag(dry_run)]);
        self.duration
            .record(report.took.as_secs_f64() * 1000.0, &[]);
        self.sweep_broke_off(report, dry_run);
    }

    /// A sweep failed: what it had done counts.
    pub fn sweep_broke_off(&self, report: &SweepReport, dry_run: bool) {
        if !dry_run {
            for task in &report.tasks {
                self.swept(task);
            }
        }
    }

    fn swept(&self, task: &SweptTask) {
        let action = task.action_taken.as_str();
        // A third-party system then, or nobody's any more.
        let (Some(state), false) = (&task.original_state, action == "skipped") else {
            return;
        };
        let state = state.as_str();
        let reason = task.dlq_reason.as_ref().map_or("", |r| r.as_str());
        let minutes = task.minutes_in_state.unwrap_or(0.0);
        self.tasks_detected.add(
            1,
            &[label("state", state), label("time_bucket", bucket(minutes))],
        );
        let (records, fails) = match action {
            "transitioned_to_dlq_and_error" => (true, true),
            "moved_to_dlq_only" => (true, false),
            "transitioned_to_error_only" => (false, true),
            _ => (false, false),
        };
        let original = label("original_state", state);
        if records {
            self.entries_created
                .add(1, &[label("dlq_reason", reason), original.clone()]);
        }
        if fails {
            self.tasks_transitioned
                .add(1, &[original, label("reason", reason)]);
        }
    }

    /// An operator opened or closed an entry.
    pub fn done(&self, deed: &DlqEvent) {
        match deed {
            DlqEvent::EntryOpened {
                dlq_reason,
                original_state,
            } => self.entries_created.add(
                1,
                &[
                    label("dlq_reason", dlq_reason.as_str()),
                    label("original_state", original_state.as_str()),
                ],
            ),
            DlqEvent::EntryClosed {
                resolution,
                dlq_reason,
                hours,
            } => self.time_in_queue.record(
                *hours,
                &[
                    label("resolution_status", resolution.as_str()),
                    label("dlq_reason", dlq_reason.as_str()),
                ],
            ),
        }
    }

    /// Also shows what the poller last read, unless it is too old. Once for each [`Meters`].
    pub fn show(&self, pulse: &watch::Receiver<Liveness>) {
        let heard = pulse.clone();
        let pending = self
            .meter
            .u64_observable_gauge("tasker.dlq.pending_investigations");
        pending
            .with_description("Open investigations")
            .with_callback(move |gauge| {
                for (reason, pending) in pending_by_reason(&heard.borrow()) {
                    gauge.observe(pending, &[label("dlq_reason", &reason)]);
                }
            })
            .build();
        let heard = pulse.clone();
        let tasks = self.meter.u64_observable_gauge("tasker.staleness.tasks");
        tasks
            .with_description("Tasks that could become stale, by health")
            .with_callback(move |gauge| {
                for (health, tasks) in tasks_by_health(&heard.borrow()) {
                    gauge.observe(tasks, &[label("health", health)]);
                }
            })
            .build();
        self.show_detector(pulse);
        let heard = pulse.clone();
        let swept = self
            .meter
            .f64_observable_gauge("tasker.staleness.last_sweep.age");
        swept
            .with_unit("s")
            .with_description("Time since any detector ended a sweep that was no dry run")
            .with_callback(move |gauge| {
                if let Some(age) = last_sweep_age(&heard.borrow()) {
                    gauge.observe(age, &[]);
                }
            })
            .build();
    }

    /// Whether the detector is armed, what is due, and whether the breaker holds it.
    fn show_detector(&self, pulse: &watch::Receiver<Liveness>) {
        type Figure = fn(&DetectorState) -> u64;
        let gauges: [(_, _, Figure); 3] = [
            (
                "tasker.staleness.detector.armed",
                "1 if sweeps act on this database, 0 if they are dry",
                |state| state.is_armed().into(),
            ),
            (
                "tasker.staleness.detector.due",
                "Tasks that sweeps would take now",
                |state| number(state.due),
            ),
            (
                "tasker.staleness.detector.held",
                "1 if the breaker holds sweeps because too many tasks are due",
                |state| (state.is_armed() && state.holds).into(),
            ),
        ];
        for (name, what, value) in gauges {
            let heard = pulse.clone();
            let gauge = self.meter.u64_observable_gauge(name);
            gauge
                .with_description(what)
                .with_callback(move |gauge| {
                    if let Some(state) = detector_state(&heard.borrow()) {
                        gauge.observe(value(state), &[]);
                    }
                })
                .build();
        }
    }

    /// Everything, in Prometheus' text format.
    ///
    /// # Errors
    ///
    /// If the format cannot express something.
    pub fn text(&self) -> Result<String, prometheus::Error> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

/// A label, of a bounded length. What the text format would trip over, its writer escapes.
fn label(name: &'static str, value: &str) -> KeyValue {
    let value = match value.char_indices().nth(LABEL_CHARS) {
        Some((end, _)) => &value[..end],
        None => value,
    };
    KeyValue::new(name, value.to_owned())
}

fn flag(dry_run: bool) -> KeyValue {
    KeyValue::new("dry_run", if dry_run { "true" } else { "false" })
}

/// Minutes in a state, coarsely.
fn bucket(minutes: f64) -> &'static str {
    if minutes > 360.0 {
        ">360"
    } else if minutes >= 120.0 {
        "120-360"
    } else if minutes >= 60.0 {
        "60-120"
    } else {
        "<60"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_fall_into_the_documented_buckets() {
        for (minutes, wanted) in [
            (-5.0, "<60"),
            (59.9, "<60"),
            (60.0, "60-120"),
            (119.9, "60-120"),
            (120.0, "120-360"),
            (360.0, "120-360"),
            (360.1, ">360"),
            (f64::NAN, "<60"),
        ] {
            assert_eq!(bucket(minutes), wanted, "{minutes}");
        }
    }

    #[test]
    fn labels_are_cut_between_characters() {
        let long = "é".repeat(LABEL_CHARS + 1);
        assert_eq!(
            label("state", &long).value.as_str().chars().count(),
            LABEL_CHARS
        );
    }

    #[test]
    fn meters_that_are_off_keep_nothing() {
        let meters = Meters::off();
        meters.detector_starts(false);
        assert_eq!(meters.text().unwrap(), "");
    }
}
