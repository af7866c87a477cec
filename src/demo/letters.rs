//! The dead letters: an incident that is under way, and days of earlier ones.

use fastrand::Rng;

use super::catalog::{Permanent, Template, UNSTEADY, templates};
use super::living::{Wait, named, outage, scheduled, untimed};
use super::rows::{ClaimRow, Ids, NoteRow, Plan, SnoozeRow};
use super::story::{Closing, Story, Trouble};
use super::tell::tell_with;

/// When the last sweep was, and how far apart they are, in seconds.
pub(super) const LAST_SWEEP_SECS: f64 = 360.0;
pub(super) const SWEEP_EVERY_SECS: f64 = 300.0;
/// Who swept.
pub(super) const DETECTORS: [&str; 2] = ["detector@ops-1", "detector@ops-2"];

const ON_CALL: [&str; 4] = ["ana", "bob", "carla", "dmitri"];

/// What became of a task, by what ails it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ailment {
    /// Out of attempts while a system was down that is up again.
    Passing,
    /// Out of attempts twice: it was retried once before.
    Relapsed,
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
    Knot,
    /// An operator wanted a second pair of eyes.
    Manual,
}

/// The queue as it stands: what ails whom.
const PENDING: [(Ailment, &str, usize); 19] = [
    (Ailment::Passing, "payments", 10),
    (Ailment::Passing, "orders", 4),
    (Ailment::Passing, "media", 2),
    (Ailment::Passing, "crm", 2),
    (Ailment::Passing, "finance", 1),
    (Ailment::Relapsed, "payments", 3),
    (Ailment::Relapsed, "orders", 2),
    (Ailment::Permanent, "payments", 3),
    (Ailment::Permanent, "orders", 1),
    (Ailment::Permanent, "finance", 2),
    (Ailment::Permanent, "crm", 1),
    (Ailment::SlowRetry, "crm", 5),
    (Ailment::SlowRetry, "finance", 2),
    (Ailment::TimedOut, "payments", 3),
    (Ailment::TimedOut, "orders", 2),
    (Ailment::Hung, "media", 2),
    (Ailment::NoWorkers, UNSTEADY, 5),
    (Ailment::Knot, "crm", 2),
    (Ailment::Manual, "orders", 3),
];

/// What was closed earlier, in the proportions of an ordinary week.
const CLOSED: [(Ailment, &str); 12] = [
    (Ailment::Passing, "payments"),
    (Ailment::SlowRetry, "crm"),
    (Ailment::Passing, "orders"),
    (Ailment::TimedOut, "payments"),
    (Ailment::Permanent, "payments"),
    (Ailment::Passing, "media"),
    (Ailment::NoWorkers, UNSTEADY),
    (Ailment::TimedOut, "orders"),
    (Ailment::Passing, "crm"),
    (Ailment::Unscheduled, "orders"),
    (Ailment::Permanent, "finance"),
    (Ailment::Knot, "crm"),
];

/// Everything in `tasker_tasks_dlq`.
pub(super) fn tell_all(plan: &mut Plan, ids: &Ids, rng: &mut Rng) {
    let templates = templates();
    let mut queue: Vec<(Ailment, &str)> = Vec::new();
    for (ailment, namespace, count) in PENDING {
        queue.extend(std::iter::repeat_n((ailment, namespace), count));
    }
    for (i, (ailment, namespace)) in queue.into_iter().enumerate() {
        let age = pending_age(i, ailment, rng);
        let entry = pending(
            plan,
            ids,
            (ailment, named(&templates, namespace)),
            (age, rng),
        );
        annotate(plan, entry, (i, age), rng);
    }
    for i in 0..280 {
        let (ailment, namespace) = CLOSED[i % CLOSED.len()];
        let resolved_age = closed_age(i, rng);
        closed(
            plan,
            ids,
            (ailment, named(&templates, namespace)),
            (resolved_age, rng),
        );
    }
}

/// Ages that crowd towards now: the queue has been growing for three hours.
fn pending_age(i: usize, ailment: Ailment, rng: &mut Rng) -> f64 {
    let age = match ailment {
        // the workers of that namespace were last heard half an hour ago
        Ailment::NoWorkers => 360.0 + rng.f64() * 900.0,
        _ if i % 5 == 4 => 3.2 * 3600.0 + rng.f64() * 8.0 * 3600.0,
        _ => 10_800.0 * rng.f64().powf(1.9),
    };
    if ailment == Ailment::Manual {
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
fn at_a_sweep(age: f64) -> f64 {
    let sweeps_ago = ((age - LAST_SWEEP_SECS).max(0.0) / SWEEP_EVERY_SECS).ceil();
    LAST_SWEEP_SECS + sweeps_ago * SWEEP_EVERY_SECS
}

fn pending(
    plan: &mut Plan,
    ids: &Ids,
    (ailment, template): (Ailment, &Template),
    (age, rng): (f64, &mut Rng),
) -> uuid::Uuid {
    let fault = (ailment == Ailment::Permanent)
        .then(|| rng.choice(&template.traffic.permanent))
        .flatten();
    let mut story = Story::begin(template, rng);
    if ailment == Ailment::Relapsed {
        let trouble = outage(template, story.rng);
        fall_ill(&mut story, Ailment::Passing, None);
        let minutes = 15.0 + story.rng.f64() * 50.0;
        story.wait(minutes * 60.0);
        cure(&mut story, trouble.step, "reset_for_retry");
    }
    let step = fall_ill(&mut story, ailment, fault);
    let opened = story.letters.last().map_or(0.0, |letter| letter.opened);
    if ailment == Ailment::TimedOut {
        let timeout = f64::from(story.steps[step].plan.timeout_seconds.unwrap_or(0));
        let claimed = story.steps[step].attempted.unwrap_or(opened);
        let fires = (claimed + timeout).max(opened) + 1.0;
        if fires < opened + age {
            story.now = fires;
            story.time_out(step);
        }
    }
    let context = template.context(story.rng, fault);
    let told = tell_with(plan, ids, story, (opened + age, context));
    told.entries.last().copied().unwrap_or_default()
}

fn closed(
    plan: &mut Plan,
    ids: &Ids,
    (ailment, template): (Ailment, &Template),
    (resolved_age, rng): (f64, &mut Rng),
) {
    let fault = (ailment == Ailment::Permanent)
        .then(|| rng.choice(&template.traffic.permanent))
        .flatten();
    let mut story = Story::begin(template, rng);
    let step = fall_ill(&mut story, ailment, fault);
    if ailment == Ailment::TimedOut {
        story.wait(320.0);
        story.time_out(step);
    }
    let minutes = minutes_to_resolve(ailment, story.rng);
    story.wait(minutes * 60.0);
    story.brisk = true;
    let closed_at = match ailment {
        Ailment::Permanent => give_up(&mut story),
        Ailment::NoWorkers => return_of_the_workers(&mut story),
        Ailment::Knot | Ailment::Unscheduled => cure(&mut story, step, "resolve_manually"),
        _ if story.rng.u8(0..10) < 7 => cure(&mut story, step, "reset_for_retry"),
        _ if story.rng.bool() => cure(&mut story, step, "resolve_manually"),
        _ => give_up(&mut story),
    };
    if !matches!(story.state, "cancelled" | "complete") {
        story.run_out();
    }
    let after = (story.now - closed_at).max(0.0);
    let born = closed_at + resolved_age.max(after + 5.0);
    let context = template.context(story.rng, fault);
    tell_with(plan, ids, story, (born, context));
}

/// Runs the task into its trouble and opens the investigation; returns the step in trouble.
fn fall_ill(story: &mut Story<'_>, ailment: Ailment, fault: Option<&Permanent>) -> usize {
    let template = story.template;
    let mut trouble = outage(template, story.rng);
    if let Some(fault) = fault {
        trouble = Trouble {
            step: story.step(&fault.step),
            error: super::wording::fill(&fault.error, story.rng),
            permanent: true,
        };
    }
    if story.letters.is_empty() {
        story.start();
    }
    let step = match ailment {
        Ailment::Passing | Ailment::Relapsed | Ailment::Permanent | Ailment::Manual => {
            story.exhaust(&trouble);
            trouble.step
        }
        Ailment::SlowRetry => {
            let first = Trouble {
                step: story.step(&template.traffic.flaky.step),
                error: super::wording::fill(&template.traffic.flaky.error, story.rng),
                permanent: false,
            };
            let wait = Wait::Retry.threshold(template) * 60.0 * (1.3 + story.rng.f64());
            story.wait_for_retry(&first, wait);
            first.step
        }
        Ailment::TimedOut => {
            story.hang(trouble.step);
            trouble.step
        }
        Ailment::Hung => {
            let step = untimed(story);
            story.hang(step);
            step
        }
        Ailment::Unscheduled => {
            let step = scheduled(story);
            let late = Wait::Schedule.threshold(template) * 60.0 * 2.5;
            story.wait_for_schedule(step, story.now + late);
            step
        }
        Ailment::NoWorkers => {
            story.unclaimed(0);
            0
        }
        Ailment::Knot => {
            story.tie_knot();
            0
        }
    };
    be_found(story, ailment);
    if let (Some(letter), Some(fault)) = (story.letters.last_mut(), fault) {
        letter.category = Some(fault.category.clone());
    }
    step
}

/// The sweep, or an operator, notices.
fn be_found(story: &mut Story<'_>, ailment: Ailment) {
    let detector = story.rng.choice(DETECTORS).unwrap_or(DETECTORS[0]);
    let (reason, threshold) = match ailment {
        Ailment::Passing | Ailment::Relapsed | Ailment::Permanent => ("max_retries_exceeded", 0.0),
        Ailment::Knot => ("dependency_cycle_detected", 0.0),
        Ailment::SlowRetry => ("staleness_timeout", Wait::Retry.threshold(story.template)),
        Ailment::TimedOut | Ailment::Hung => {
            ("staleness_timeout", Wait::Work.threshold(story.template))
        }
        Ailment::Unscheduled => (
            "staleness_timeout",
            Wait::Schedule.threshold(story.template),
        ),
        Ailment::NoWorkers => ("worker_unavailable", 10.0),
        Ailment::Manual => {
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
fn cure(story: &mut Story<'_>, step: usize, action: &'static str) -> f64 {
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
    story.operate(step, action, (actor, notes));
    let after = story.steps[step].state;
    story.wait(4.0);
    close(
        story,
        "manually_resolved",
        (actor, notes),
        Some((action, name, before, after)),
    )
}

/// An operator calls the task off; when that was.
fn give_up(story: &mut Story<'_>) -> f64 {
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
    story.call_off(actor, notes);
    story.wait(4.0);
    let act = Some(("cancel_task", "task".to_owned(), before, "cancelled"));
    close(story, status, (actor, notes), act)
}

/// The workers come back, the task goes on, and the entry is closed; when that was.
fn return_of_the_workers(story: &mut Story<'_>) -> f64 {
    story.complete_all(&[0], true);
    story.task("evaluating_results", "orchestrator-2");
    story.run_out();
    let actor = story.rng.choice(ON_CALL).unwrap_or(ON_CALL[0]);
    story.wait(60.0);
    close(
        story,
        "cancelled",
        (
            actor,
            "node pool was drained for an upgrade; workers are back",
        ),
        None,
    )
}

fn close(
    story: &mut Story<'_>,
    status: &'static str,
    (by, notes): (&'static str, &str),
    act: Option<(&'static str, String, &'static str, &'static str)>,
) -> f64 {
    let at = story.now;
    if let Some(letter) = story.letters.last_mut() {
        letter.closing = Some(Closing {
            at,
            status,
            by,
            notes: notes.to_owned(),
            act,
        });
        if letter.category.is_none() && letter.reason == "max_retries_exceeded" {
            letter.category = Some("transient".to_owned());
        }
    }
    at
}

/// Long for what needs another team, short for what needs a key.
fn minutes_to_resolve(ailment: Ailment, rng: &mut Rng) -> f64 {
    let median = match ailment {
        Ailment::Knot => 75.0,
        Ailment::Permanent => 46.0,
        Ailment::Passing => 18.0,
        Ailment::NoWorkers => 14.0,
        _ => 6.5,
    };
    // two factors about one: a long tail, as resolution times have
    median * (0.4 + rng.f64() * 1.2) * (0.6 + rng.f64().powi(3) * 4.0)
}

/// Some entries are owned, some snoozed, some have notes.
fn annotate(plan: &mut Plan, entry: uuid::Uuid, (i, age): (usize, f64), rng: &mut Rng) {
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
