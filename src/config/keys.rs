//! Every setting there is, once: its name, type, range, default and meaning, and where it takes
//! effect. What is checked, shown, written as a first file and documented is made from this table.

use std::time::Duration;

use super::key::Key;
use super::value::{Budget, INTERVALS, Kind, Listen, ReadUrl, Value};

/// The sections, with what stands in them.
pub const SECTIONS: [(&str, &str); 10] = [
    (
        "staleness_detection",
        "The detector that runs in this process.",
    ),
    (
        "staleness_detection.thresholds",
        "When a task is stale. A template's own lifecycle outranks these.",
    ),
    (
        "staleness_detection.actions",
        "What the detector does to a stale task unless its template says otherwise.",
    ),
    ("dlq", "The dead-letter queue."),
    ("dlq.reasons", "What the detector looks for."),
    ("archive", "How finished work leaves the live tables."),
    (
        "archive.policies",
        "How many days finished work stays in the live tables; false for ever.",
    ),
    (
        "bulk",
        "How bulk runs retry: a canary first, then the others at a pace.",
    ),
    ("polling", "How this process polls the database."),
    ("telemetry", "What this process exports about itself."),
];

/// As `dlqtop.settings` bounds them: ten years.
const MINUTES: Kind = Kind::Number(0.01, 5_256_000.0);
const DAYS: Kind = Kind::Days(36_500.0);
const BATCH: Kind = Kind::Whole(1, 10_000);
const TASKS: Kind = Kind::Limit(1, 1_000_000_000);

const fn number(number: f64) -> Value {
    Value::Number(number)
}

/// Every setting, in the order of the file.
pub static KEYS: [Key; 31] = [
    Key::here(
        "staleness_detection.enabled",
        Kind::Switch,
        Value::Switch(true),
        |settings, value| {
            if let Value::Switch(on) = value {
                settings.detection.enabled = on;
            }
        },
        "Dashboards run a detector.",
    )
    .flag("--no-detect", |_, detect| {
        detect.no_detect.then_some(Value::Switch(false))
    }),
    Key::here(
        "staleness_detection.dry_run",
        Kind::Switch,
        Value::Switch(false),
        |settings, value| {
            if let Value::Switch(on) = value {
                settings.detection.dry_run = on;
            }
        },
        "The detector reports what it would do and changes nothing.",
    )
    .flag("--detect-dry-run", |_, detect| {
        detect.detect_dry_run.then_some(Value::Switch(true))
    }),
    Key::here(
        DETECTION_INTERVAL,
        Kind::Number(0.1, 86_400.0),
        number(300.0),
        |settings, value| {
            if let Value::Number(seconds) = value {
                settings.detection.interval = Duration::from_secs_f64(seconds);
            }
        },
        "Time between two sweeps; 30 by default in the demo.",
    )
    .flag("--detect-interval", |_, detect| {
        detect
            .detect_interval
            .map(|interval| number(interval.as_secs_f64()))
    }),
    Key::here(
        "staleness_detection.budget_seconds",
        Kind::Number(1.0, 3_600.0),
        number(30.0),
        |settings, value| {
            if let Value::Number(seconds) = value {
                settings.detection.budget = Duration::from_secs_f64(seconds);
            }
        },
        "A sweep starts no new chunk after this long; the next sweep goes on.",
    ),
    Key::shared(
        "staleness_detection.batch_size",
        BATCH,
        Value::Whole(100),
        "batch_size",
        "Tasks in one chunk of a sweep, each chunk a short transaction.",
    ),
    Key::shared(
        "staleness_detection.max_per_sweep",
        TASKS,
        Value::ForEver,
        "max_per_sweep",
        "The most tasks that one sweep takes; false for no limit.",
    ),
    Key::shared(
        "staleness_detection.max_per_hour",
        TASKS,
        Value::ForEver,
        "max_per_hour",
        "The most tasks that all sweeps of a rolling hour take; false for no limit.",
    ),
    Key::shared(
        "staleness_detection.thresholds.waiting_for_dependencies_minutes",
        MINUTES,
        number(60.0),
        "max_waiting_for_dependencies_minutes",
        "Longest time in waiting_for_dependencies.",
    ),
    Key::shared(
        "staleness_detection.thresholds.waiting_for_retry_minutes",
        MINUTES,
        number(30.0),
        "max_waiting_for_retry_minutes",
        "Longest time in waiting_for_retry.",
    ),
    Key::shared(
        "staleness_detection.thresholds.steps_in_process_minutes",
        MINUTES,
        number(30.0),
        "max_steps_in_process_minutes",
        "Longest time in steps_in_process.",
    ),
    Key::shared(
        "staleness_detection.thresholds.task_max_lifetime_hours",
        Kind::Number(0.01, 87_600.0),
        number(24.0),
        "max_task_lifetime_minutes",
        "Longest life of a task, in any states.",
    )
    .in_minutes(),
    Key::shared(
        "staleness_detection.thresholds.warning_ratio",
        Kind::Number(0.01, 0.99),
        number(0.8),
        "warning_ratio",
        "Share of a threshold from which a task is shown as a warning.",
    ),
    Key::shared(
        "staleness_detection.thresholds.worker_silence_minutes",
        MINUTES,
        number(10.0),
        "worker_silence_minutes",
        "A namespace has no workers when none has reported for this long.",
    ),
    Key::shared(
        "staleness_detection.actions.auto_transition_to_error",
        Kind::Switch,
        Value::Switch(true),
        "auto_transition_to_error",
        "Move the task to error.",
    ),
    Key::shared(
        "staleness_detection.actions.auto_move_to_dlq",
        Kind::Switch,
        Value::Switch(true),
        "auto_move_to_dlq",
        "Open an entry.",
    ),
    Key::shared(
        "dlq.reasons.staleness_timeout",
        Kind::Switch,
        Value::Switch(true),
        "reason_staleness_timeout",
        "Tasks past a threshold or their lifetime.",
    ),
    Key::shared(
        "dlq.reasons.max_retries_exceeded",
        Kind::Switch,
        Value::Switch(true),
        "reason_max_retries_exceeded",
        "Tasks with a step that used all its attempts.",
    ),
    Key::shared(
        "dlq.reasons.worker_unavailable",
        Kind::Switch,
        Value::Switch(true),
        "reason_worker_unavailable",
        "Tasks whose steps no worker takes.",
    ),
    Key::shared(
        "dlq.reasons.dependency_cycle_detected",
        Kind::Switch,
        Value::Switch(true),
        "reason_dependency_cycle_detected",
        "Tasks whose steps wait for each other in a circle.",
    ),
    Key::shared(
        "archive.batch_size",
        BATCH,
        Value::Whole(1_000),
        "archive_batch_size",
        "Tasks moved in one transaction.",
    ),
    Key::shared(
        "archive.policies.completed_days",
        DAYS,
        number(30.0),
        "archive_completed_days",
        "Tasks that completed or were resolved by hand.",
    ),
    Key::shared(
        "archive.policies.failed_days",
        DAYS,
        number(90.0),
        "archive_failed_days",
        "Tasks that ended in error.",
    ),
    Key::shared(
        "archive.policies.cancelled_days",
        DAYS,
        number(30.0),
        "archive_cancelled_days",
        "Tasks that were cancelled.",
    ),
    Key::shared(
        "archive.policies.resolved_entries_days",
        DAYS,
        number(90.0),
        "archive_resolved_entries_days",
        "A task stays this long after its last entry was closed.",
    ),
    Key::here(
        "bulk.rate_per_second",
        Kind::Number(0.01, 1_000.0),
        number(5.0),
        |settings, value| {
            if let Value::Number(rate) = value {
                settings.bulk.per_second = rate;
            }
        },
        "Retries a second, once the canary has passed.",
    ),
    Key::here(
        "bulk.canary_timeout",
        Kind::Time(INTERVALS.0, INTERVALS.1),
        Value::Time(Duration::from_mins(2)),
        |settings, value| {
            if let Value::Time(time) = value {
                settings.bulk.canary_timeout = time;
            }
        },
        "A canary that has not passed within this time has failed.",
    ),
    Key::here(
        "bulk.halt_after",
        Kind::Whole(1, 10_000),
        Value::Whole(1),
        |settings, value| {
            if let Value::Whole(times) = value {
                settings.bulk.halt_after = u32::try_from(times).unwrap_or(u32::MAX);
            }
        },
        "The run halts once so many have failed again with the error they had.",
    ),
    Key::here(
        "polling.interval",
        Kind::Time(INTERVALS.0, INTERVALS.1),
        Value::Time(Duration::from_secs(2)),
        |settings, value| {
            if let Value::Time(interval) = value {
                settings.polling.interval = interval;
            }
        },
        "Time between two polls.",
    )
    .flag("--interval", |global, _| global.interval.map(Value::Time)),
    Key::here(
        DB_BUDGET,
        Kind::Budget,
        Value::Budget(Budget::Percent(1.0)),
        |settings, value| {
            if let Value::Budget(budget) = value {
                settings.polling.db_budget = budget;
            }
        },
        "Share of one database core that polls may use; they come less often instead.",
    )
    .flag("--db-budget", |global, _| {
        global.db_budget.map(Value::Budget)
    }),
    Key::here(
        "polling.read_url",
        Kind::ReadUrl,
        Value::ReadUrl(ReadUrl::NONE),
        |settings, value| {
            if let Value::ReadUrl(url) = value {
                settings.polling.read_url = url;
            }
        },
        "Dashboard and wall: the streaming replica to poll; writes go to the primary.",
    )
    .flag("--read-url", |global, _| {
        let url = global.read_url.as_ref()?;
        url.reveal().parse().ok().map(Value::ReadUrl)
    }),
    Key::here(
        "telemetry.metrics_listen",
        Kind::Listen,
        Value::Listen(Listen(None)),
        |settings, value| {
            if let Value::Listen(listen) = value {
                settings.telemetry.metrics_listen = listen.0;
            }
        },
        "Address where /metrics and /health are served.",
    )
    .flag("--metrics-listen", |global, _| {
        global.metrics_listen.map(Value::Listen)
    }),
];

/// A key that the demo has a default of its own for.
pub const DB_BUDGET: &str = "polling.db_budget";
/// A key that the demo has a default of its own for.
pub const DETECTION_INTERVAL: &str = "staleness_detection.detection_interval_seconds";

/// The setting of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_value_that_could_be_given() {
        for key in &KEYS {
            let text = key.default.to_string();
            let text = text.trim_matches('"');
            assert_eq!(
                key.kind.accept_text(text),
                Some(key.default),
                "{}",
                key.name
            );
        }
    }

    #[test]
    fn every_key_has_a_name_a_section_and_a_sentence_of_its_own() {
        for (at, key) in KEYS.iter().enumerate() {
            let section = key.section();
            assert!(
                SECTIONS.iter().any(|(name, _)| *name == section),
                "{section}"
            );
            assert!(key.docs.ends_with('.'), "{}", key.name);
            for other in &KEYS[at + 1..] {
                assert_ne!(key.name, other.name);
                assert_ne!(key.variable(), other.variable());
                assert_ne!(key.docs, other.docs);
                if let Some(column) = key.column() {
                    assert_ne!(Some(column), other.column());
                }
            }
        }
    }
}
