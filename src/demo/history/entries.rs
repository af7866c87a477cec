//! The entries of the dead-letter queue: an incident that is under way, and days of earlier ones.

use fastrand::Rng;

use super::clock::{LAST_SWEEP_SECS, ON_CALL, SILENT_SECS, SWEEP_EVERY_SECS};
use super::rows::{ClaimRow, Ids, NoteRow, Plan, SnoozeRow};
use super::story::Story;
use crate::demo::catalog::{Template, UNSTEADY, templates};
use crate::demo::history::active_tasks::{named, outage};
use crate::demo::history::failure_kind::{
    FailureKind, begin_failure, fix, give_up, workers_return,
};
use crate::demo::history::rows_from_story::write_with;

/// The queue as it stands: what ails whom.
const PENDING: [(FailureKind, &str, usize); 19] = [
    (FailureKind::Transient, "payments", 10),
    (FailureKind::Transient, "orders", 4),
    (FailureKind::Transient, "media", 2),
    (FailureKind::Transient, "crm", 2),
    (FailureKind::Transient, "finance", 1),
    (FailureKind::FailedAgain, "payments", 3),
    (FailureKind::FailedAgain, "orders", 2),
    (FailureKind::Permanent, "payments", 3),
    (FailureKind::Permanent, "orders", 1),
    (FailureKind::Permanent, "finance", 2),
    (FailureKind::Permanent, "crm", 1),
    (FailureKind::SlowRetry, "crm", 5),
    (FailureKind::SlowRetry, "finance", 2),
    (FailureKind::TimedOut, "payments", 3),
    (FailureKind::TimedOut, "orders", 2),
    (FailureKind::Hung, "media", 2),
    (FailureKind::NoWorkers, UNSTEADY, 5),
    (FailureKind::DependencyCycle, "crm", 2),
    (FailureKind::Manual, "orders", 3),
];

/// What was closed earlier, in the proportions of an ordinary week.
const CLOSED: [(FailureKind, &str); 12] = [
    (FailureKind::Transient, "payments"),
    (FailureKind::SlowRetry, "crm"),
    (FailureKind::Transient, "orders"),
    (FailureKind::TimedOut, "payments"),
    (FailureKind::Permanent, "payments"),
    (FailureKind::Transient, "media"),
    (FailureKind::NoWorkers, UNSTEADY),
    (FailureKind::TimedOut, "orders"),
    (FailureKind::Transient, "crm"),
    (FailureKind::Unscheduled, "orders"),
    (FailureKind::Permanent, "finance"),
    (FailureKind::DependencyCycle, "crm"),
];

/// Everything in `tasker_tasks_dlq`.
pub(in crate::demo) fn generate(plan: &mut Plan, ids: &Ids, rng: &mut Rng) {
    let templates = templates();
    let mut queue: Vec<(FailureKind, &str)> = Vec::new();
    for (kind, namespace, count) in PENDING {
        queue.extend(std::iter::repeat_n((kind, namespace), count));
    }
    for (i, (kind, namespace)) in queue.into_iter().enumerate() {
        let age = pending_age(i, kind, rng);
        let entry = pending(
            plan,
            ids,
            &FailedTask {
                kind,
                template: named(&templates, namespace),
                age,
            },
            rng,
        );
        annotate(plan, entry, i, age, rng);
    }
    for i in 0..280 {
        let (kind, namespace) = CLOSED[i % CLOSED.len()];
        let mut resolved_age = closed_age(i, rng);
        if namespace == UNSTEADY {
            // nothing of theirs has finished since the workers went
            resolved_age += SILENT_SECS;
        }
        closed(
            plan,
            ids,
            &FailedTask {
                kind,
                template: named(&templates, namespace),
                age: resolved_age,
            },
            rng,
        );
    }
}

/// Ages that crowd towards now: the queue has been growing for three hours.
fn pending_age(i: usize, kind: FailureKind, rng: &mut Rng) -> f64 {
    let age = match kind {
        // the workers of that namespace were last heard half an hour ago
        FailureKind::NoWorkers => 360.0 + rng.f64() * 900.0,
        _ if i % 5 == 4 => 3.2 * 3600.0 + rng.f64() * 8.0 * 3600.0,
        _ => 10_800.0 * rng.f64().powf(1.9),
    };
    if kind == FailureKind::Manual {
        return age.max(240.0);
    }
    at_a_sweep(age) - rng.f64() * 1.5
}

/// How long ago an entry was closed: some today, most over the week.
fn closed_age(i: usize, rng: &mut Rng) -> f64 {
    if i < 62 {
        200.0 + 10_800.0 * rng.f64().powf(1.4)
    } else if i < 256 {
        4.0 * 3600.0 + rng.f64() * 4.6 * 86_400.0
    } else {
        // retention has taken these
        (8.0 + rng.f64() * 5.0) * 86_400.0
    }
}

/// The sweep that took what is this old.
pub(in crate::demo) fn at_a_sweep(age: f64) -> f64 {
    let sweeps_ago = ((age - LAST_SWEEP_SECS).max(0.0) / SWEEP_EVERY_SECS).ceil();
    LAST_SWEEP_SECS + sweeps_ago * SWEEP_EVERY_SECS
}

/// A task that failed: how, of which template, and how long ago it was found, or closed.
pub(in crate::demo) struct FailedTask<'a> {
    pub(in crate::demo) kind: FailureKind,
    pub(in crate::demo) template: &'a Template,
    pub(in crate::demo) age: f64,
}

/// Adds a task whose entry is open; returns the entry.
pub(in crate::demo) fn pending(
    plan: &mut Plan,
    ids: &Ids,
    failed: &FailedTask<'_>,
    rng: &mut Rng,
) -> uuid::Uuid {
    let FailedTask {
        kind,
        template,
        age,
    } = *failed;
    let fault = (kind == FailureKind::Permanent)
        .then(|| rng.choice(&template.traffic.permanent))
        .flatten();
    let mut story = Story::begin(template, rng);
    if kind == FailureKind::FailedAgain {
        let trouble = outage(template, story.rng);
        begin_failure(&mut story, FailureKind::Transient, None);
        let minutes = 15.0 + story.rng.f64() * 50.0;
        story.wait(minutes * 60.0);
        fix(&mut story, trouble.step, "reset_for_retry");
    }
    let step = begin_failure(&mut story, kind, fault);
    let opened = story.entries.last().map_or(0.0, |entry| entry.opened);
    if kind == FailureKind::TimedOut {
        let timeout = f64::from(story.steps[step].plan.timeout_seconds.unwrap_or(0));
        let claimed = story.steps[step].attempted.unwrap_or(opened);
        let fires = (claimed + timeout).max(opened) + 1.0;
        if fires < opened + age {
            story.now = fires;
            story.time_out(step);
        }
    }
    let context = template.context(story.rng, fault);
    let told = write_with(plan, ids, &mut story, opened + age, context);
    told.entries.last().copied().unwrap_or_default()
}

/// Adds a task whose entry was closed.
fn closed(plan: &mut Plan, ids: &Ids, failed: &FailedTask<'_>, rng: &mut Rng) {
    let FailedTask {
        kind,
        template,
        age: resolved_age,
    } = *failed;
    let fault = (kind == FailureKind::Permanent)
        .then(|| rng.choice(&template.traffic.permanent))
        .flatten();
    let mut story = Story::begin(template, rng);
    let step = begin_failure(&mut story, kind, fault);
    if kind == FailureKind::TimedOut {
        story.wait(320.0);
        story.time_out(step);
    }
    let minutes = minutes_to_resolve(kind, story.rng);
    story.wait(minutes * 60.0);
    story.brisk = true;
    let closed_at = match kind {
        FailureKind::Permanent => give_up(&mut story),
        FailureKind::NoWorkers => workers_return(&mut story),
        FailureKind::DependencyCycle | FailureKind::Unscheduled => {
            fix(&mut story, step, "resolve_manually")
        }
        _ if story.rng.u8(0..10) < 7 => fix(&mut story, step, "reset_for_retry"),
        _ if story.rng.bool() => fix(&mut story, step, "resolve_manually"),
        _ => give_up(&mut story),
    };
    if !matches!(story.state, "cancelled" | "complete") {
        story.run_out();
    }
    let after = (story.now - closed_at).max(0.0);
    let born = closed_at + resolved_age.max(after + 5.0);
    let context = template.context(story.rng, fault);
    write_with(plan, ids, &mut story, born, context);
}

/// Long for what needs another team, short for what needs a key.
fn minutes_to_resolve(kind: FailureKind, rng: &mut Rng) -> f64 {
    let median = match kind {
        FailureKind::DependencyCycle => 75.0,
        FailureKind::Permanent => 46.0,
        FailureKind::Transient => 18.0,
        FailureKind::NoWorkers => 14.0,
        _ => 6.5,
    };
    // two factors about one: a long tail, as resolution times have
    median * (0.4 + rng.f64() * 1.2) * (0.6 + rng.f64().powi(3) * 4.0)
}

/// Some entries are owned, some snoozed, some have notes.
fn annotate(plan: &mut Plan, entry: uuid::Uuid, i: usize, age: f64, rng: &mut Rng) {
    let who = ON_CALL[i % ON_CALL.len()];
    let recently = (age * 0.5).min(2400.0);
    if i % 7 == 2 {
        plan.claims.push(ClaimRow {
            entry,
            owner: who.to_owned(),
            age: recently,
            expires_age: -(1200.0 + rng.f64() * 5400.0),
        });
    }
    if i == 12 || i == 40 {
        plan.snoozes.push(SnoozeRow {
            entry,
            until_age: -(1500.0 + rng.f64() * 7200.0),
            snoozed_by: who.to_owned(),
        });
    }
    if i % 6 == 1 {
        let body = [
            "same error as this morning, the provider says they are looking into it",
            "asked the owning team in #payments-oncall",
            "tried once by hand from the shell: works now",
            "do not retry before the batch of 22:00 is through",
        ][i / 6 % 4];
        plan.notes.push(NoteRow {
            entry,
            author: who.to_owned(),
            body: body.to_owned(),
            age: recently * 0.8,
        });
    }
}
