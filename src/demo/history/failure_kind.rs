//! What can ail a task, how it is found out, and how it is cured.

use super::story::Story;
use crate::demo::catalog::Permanent;
use crate::demo::history::active_tasks::{WaitState, outage, scheduled, untimed};
use crate::demo::history::clock::{DETECTORS, ON_CALL, SWEEP_EVERY_SECS};
use crate::demo::history::elements::{Closing, Failure};

/// What became of a task, by what ails it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::demo) enum FailureKind {
    /// Out of attempts while a system was down that is up again.
    Transient,
    /// Out of attempts twice: it was retried once before.
    FailedAgain,
    /// Refused for good.
    Permanent,
    /// Stale while waiting for the next attempt.
    SlowRetry,
    /// Stale because a worker never answered; the timeout came after the sweep.
    TimedOut,
    /// Stale because a worker never answered, and nothing ever times out.
    Hung,
    /// Stale because what it waited for did not come.
    Unscheduled,
    /// Nobody takes its step.
    NoWorkers,
    /// Its steps wait for each other.
    DependencyCycle,
    /// An operator wanted a second pair of eyes.
    Manual,
}

/// Runs the task into its trouble and opens the investigation; returns the step in trouble.
pub(in crate::demo) fn begin_failure(
    story: &mut Story<'_>,
    kind: FailureKind,
    fault: Option<&Permanent>,
) -> usize {
    let template = story.template;
    let mut trouble = outage(template, story.rng);
    if let Some(fault) = fault {
        trouble = Failure {
            step: story.step(&fault.step),
            error: crate::demo::text_template::fill(&fault.error, story.rng),
            permanent: true,
        };
    }
    if story.entries.is_empty() {
        story.start();
    }
    let step = match kind {
        FailureKind::Transient
        | FailureKind::FailedAgain
        | FailureKind::Permanent
        | FailureKind::Manual => {
            story.exhaust(&trouble);
            trouble.step
        }
        FailureKind::SlowRetry => {
            let first = Failure {
                step: story.step(&template.traffic.flaky.step),
                error: crate::demo::text_template::fill(&template.traffic.flaky.error, story.rng),
                permanent: false,
            };
            let wait = WaitState::Retry.threshold(template) * 60.0 * (1.3 + story.rng.f64());
            story.wait_for_retry(&first, wait);
            first.step
        }
        FailureKind::TimedOut => {
            story.hang(trouble.step);
            trouble.step
        }
        FailureKind::Hung => {
            let step = untimed(story);
            story.hang(step);
            step
        }
        FailureKind::Unscheduled => {
            let step = scheduled(story);
            let late = WaitState::Schedule.threshold(template) * 60.0 * 2.5;
            story.wait_for_schedule(step, story.now + late);
            step
        }
        FailureKind::NoWorkers => {
            story.unclaimed(0);
            0
        }
        FailureKind::DependencyCycle => {
            story.make_dependency_cycle();
            0
        }
    };
    dead_letter(story, kind);
    if let (Some(entry), Some(fault)) = (story.entries.last_mut(), fault) {
        entry.category = Some(fault.category.clone());
    }
    step
}

/// The sweep, or an operator, notices.
fn dead_letter(story: &mut Story<'_>, kind: FailureKind) {
    let detector = story.rng.choice(DETECTORS).unwrap_or(DETECTORS[0]);
    let (reason, threshold) = match kind {
        FailureKind::Transient | FailureKind::FailedAgain | FailureKind::Permanent => {
            ("max_retries_exceeded", 0.0)
        }
        FailureKind::DependencyCycle => ("dependency_cycle_detected", 0.0),
        FailureKind::SlowRetry => (
            "staleness_timeout",
            WaitState::Retry.threshold(story.template),
        ),
        FailureKind::TimedOut | FailureKind::Hung => (
            "staleness_timeout",
            WaitState::Work.threshold(story.template),
        ),
        FailureKind::Unscheduled => (
            "staleness_timeout",
            WaitState::Schedule.threshold(story.template),
        ),
        FailureKind::NoWorkers => ("worker_unavailable", 10.0),
        FailureKind::Manual => {
            let actor = story.rng.choice(ON_CALL).unwrap_or(ON_CALL[0]);
            story.wait(50.0);
            story.open("manual_dlq", actor);
            return;
        }
    };
    // between two sweeps there is nobody to notice
    let unnoticed = 1.0 + story.rng.f64() * (SWEEP_EVERY_SECS - 2.0);
    story.now = story.now.max(story.since + threshold * 60.0 + unnoticed);
    story.open(reason, detector);
    let fails = story.template.configuration["lifecycle"]["auto_fail_on_timeout"] != false;
    let records_only =
        reason == "worker_unavailable" || (!fails && reason != "max_retries_exceeded");
    if !records_only {
        story.fail_by_sweep(reason, detector);
    }
}

/// An operator gets the step going again, or past it, and closes the entry; when that was.
pub(in crate::demo) fn fix(story: &mut Story<'_>, step: usize, action: &'static str) -> f64 {
    let actor = story.rng.choice(ON_CALL).unwrap_or(ON_CALL[0]);
    let notes = match action {
        "reset_for_retry" => [
            "the other side was down, their status page is green again; retried",
            "deploy 4127 fixed the timeout; retried and watched it pass",
            "rate limit window is over, retried",
        ],
        _ => [
            "done by hand in the back office, went on without the step",
            "the customer confirmed that this is not needed any more; bypassed",
            "data corrected in place, step resolved",
        ],
    };
    let notes = story.rng.choice(notes).unwrap_or_default();
    let before = story.steps[step].state;
    let name = story.steps[step].plan.name.clone();
    story.operate(step, action, actor, notes);
    let after = story.steps[step].state;
    story.wait(4.0);
    close(
        story,
        "manually_resolved",
        actor,
        notes,
        Some((action, name, before, after)),
    )
}

/// An operator calls the task off; when that was.
pub(in crate::demo) fn give_up(story: &mut Story<'_>) -> f64 {
    let actor = story.rng.choice(ON_CALL).unwrap_or(ON_CALL[0]);
    let (status, notes) = *story
        .rng
        .choice(&[
            (
                "permanently_failed",
                "support has told the customer; nothing more to do here",
            ),
            (
                "permanently_failed",
                "bad input, the team that sends it has a ticket",
            ),
            (
                "cancelled",
                "duplicate of a task that went through, called off",
            ),
        ])
        .unwrap_or(&("cancelled", "called off"));
    let before = story.state;
    story.cancel(actor, notes);
    story.wait(4.0);
    let act = Some(("cancel_task", "task".to_owned(), before, "cancelled"));
    close(story, status, actor, notes, act)
}

/// The workers come back, the task goes on, and the entry is closed; when that was.
pub(in crate::demo) fn workers_return(story: &mut Story<'_>) -> f64 {
    story.complete_all(&[0], true);
    story.task("evaluating_results", "orchestrator-2");
    story.run_out();
    let actor = story.rng.choice(ON_CALL).unwrap_or(ON_CALL[0]);
    story.wait(60.0);
    // some call it solved, some call it no problem
    let status = ["manually_resolved", "cancelled"][usize::from(story.rng.u8(0..3) == 0)];
    close(
        story,
        status,
        actor,
        "node pool was drained for an upgrade; workers are back",
        None,
    )
}

fn close(
    story: &mut Story<'_>,
    status: &'static str,
    by: &'static str,
    notes: &str,
    act: Option<(&'static str, String, &'static str, &'static str)>,
) -> f64 {
    let at = story.now;
    if let Some(entry) = story.entries.last_mut() {
        entry.closing = Some(Closing {
            at,
            status,
            by,
            notes: notes.to_owned(),
            act,
        });
        if entry.category.is_none() && entry.reason == "max_retries_exceeded" {
            entry.category = Some("transient".to_owned());
        }
    }
    at
}
