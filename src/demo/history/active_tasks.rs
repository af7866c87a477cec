//! The tasks that are under way when the curtain rises: healthy, nearly stale and stale ones that
//! no sweep has seen yet, and what is finished already.

use fastrand::Rng;

use super::rows::{Ids, Plan};
use super::story::Story;
use crate::demo::catalog::{Template, UNSTEADY, by_weight};
use crate::demo::history::elements::{Failure, StepNow};
use crate::demo::history::rows_from_story::{write, write_with};

/// What a monitored task waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::demo) enum WaitState {
    /// For a step that somebody works on.
    Work,
    /// For a step to be tried again.
    Retry,
    /// For a step's earliest time.
    Schedule,
}

impl WaitState {
    /// The threshold in minutes of a template for this state.
    pub(in crate::demo) fn threshold(self, template: &Template) -> f64 {
        match self {
            Self::Work => template.threshold("max_steps_in_process_minutes", 30.0),
            Self::Retry => template.threshold("max_waiting_for_retry_minutes", 30.0),
            Self::Schedule => template.threshold("max_waiting_for_dependencies_minutes", 60.0),
        }
    }
}

/// Tasks far from their thresholds, in every state that a task can be in.
pub(in crate::demo) fn healthy(plan: &mut Plan, ids: &Ids, templates: &[Template], rng: &mut Rng) {
    for i in 0..430 {
        let wait = [
            WaitState::Work,
            WaitState::Retry,
            WaitState::Schedule,
            WaitState::Work,
            WaitState::Retry,
        ][i % 5];
        let template = busy_with(wait, templates, rng);
        let share = rng.f64() * 0.72;
        waiting(
            plan,
            ids,
            &Waiting {
                template,
                wait,
                share,
            },
            rng,
        );
    }
    for i in 0..34 {
        let template = by_weight(templates, rng);
        let mut story = Story::begin(template, rng);
        if i % 3 > 0 {
            story.start();
        }
        let age = story.now + 1.0 + story.rng.f64() * 20.0;
        write(plan, ids, &mut story, age);
    }
    let search = named(templates, UNSTEADY);
    for _ in 0..24 {
        let age = 20.0 + rng.f64() * 500.0;
        unclaimed(plan, ids, search, rng, age);
    }
}

/// Namespaces and states of tasks that are close to their thresholds.
const NEAR: [(&str, WaitState); 12] = [
    ("payments", WaitState::Work),
    ("payments", WaitState::Retry),
    ("orders", WaitState::Work),
    ("orders", WaitState::Schedule),
    ("crm", WaitState::Retry),
    ("crm", WaitState::Work),
    ("crm", WaitState::Retry),
    ("media", WaitState::Schedule),
    ("media", WaitState::Work),
    ("finance", WaitState::Retry),
    ("finance", WaitState::Schedule),
    ("notifications", WaitState::Retry),
];
/// The same of tasks past them.
const PAST: [(&str, WaitState); 15] = [
    ("payments", WaitState::Retry),
    ("payments", WaitState::Work),
    ("payments", WaitState::Retry),
    ("orders", WaitState::Work),
    ("orders", WaitState::Retry),
    ("orders", WaitState::Schedule),
    ("crm", WaitState::Retry),
    ("crm", WaitState::Retry),
    ("crm", WaitState::Work),
    ("media", WaitState::Work),
    ("media", WaitState::Schedule),
    ("finance", WaitState::Retry),
    ("finance", WaitState::Schedule),
    ("notifications", WaitState::Work),
    ("notifications", WaitState::Retry),
];

/// Tasks close to their thresholds, and past them.
pub(in crate::demo) fn overdue(plan: &mut Plan, ids: &Ids, templates: &[Template], rng: &mut Rng) {
    for (namespace, wait) in NEAR {
        let share = 0.815 + rng.f64() * 0.165;
        waiting(
            plan,
            ids,
            &Waiting {
                template: named(templates, namespace),
                wait,
                share,
            },
            rng,
        );
    }
    for (namespace, wait) in PAST {
        let template = named(templates, namespace);
        // the last sweep was six minutes ago, and took what was stale then
        let over = 0.3 + rng.f64() * 5.0;
        let share = 1.0 + over / wait.threshold(template);
        waiting(
            plan,
            ids,
            &Waiting {
                template,
                wait,
                share,
            },
            rng,
        );
    }
    for namespace in ["payments", "orders"] {
        let template = named(templates, namespace);
        let trouble = outage(template, rng);
        let mut story = Story::begin(template, rng);
        story.start();
        story.exhaust(&trouble);
        let age = story.now + 30.0 + story.rng.f64() * 200.0;
        write(plan, ids, &mut story, age);
    }
    let search = named(templates, UNSTEADY);
    for _ in 0..3 {
        let age = 630.0 + rng.f64() * 240.0;
        unclaimed(plan, ids, search, rng, age);
    }
    let mut story = Story::begin(named(templates, "crm"), rng);
    story.start();
    story.make_dependency_cycle();
    let age = story.now + 210.0;
    write(plan, ids, &mut story, age);
}

/// What ended well: lately, and so long ago that retention takes it.
pub(in crate::demo) fn finished(plan: &mut Plan, ids: &Ids, templates: &[Template], rng: &mut Rng) {
    for i in 0..300 {
        let template = by_weight(templates, rng);
        let lately = i < 60 && template.namespace != UNSTEADY;
        let mut story = Story::begin(template, rng);
        story.brisk = lately;
        story.start();
        story.run_out();
        let ended = if lately {
            rng_minutes(story.rng, 0.1, 9.0)
        } else {
            rng_minutes(story.rng, 8.0 * 1440.0, 14.0 * 1440.0)
        };
        let age = story.now + ended;
        write(plan, ids, &mut story, age);
    }
}

/// A task that waits, for what, and the share of its limit that is over.
struct Waiting<'a> {
    template: &'a Template,
    wait: WaitState,
    share: f64,
}

/// A task that has been in a monitored state for `share` of its threshold.
fn waiting(plan: &mut Plan, ids: &Ids, waiting: &Waiting<'_>, rng: &mut Rng) {
    let Waiting {
        template,
        wait,
        share,
    } = *waiting;
    let threshold = wait.threshold(template) * 60.0;
    let in_state = share * threshold;
    // from a warning on, what it waits for comes too late
    let ahead = if share > 0.8 {
        (threshold - in_state).max(0.0) + 300.0 + rng.f64() * 1200.0
    } else {
        15.0 + rng.f64() * (threshold * 0.95 - in_state).max(30.0)
    };
    let trouble = outage(template, rng);
    let mut story = Story::begin(template, rng);
    story.start();
    match wait {
        WaitState::Work => {
            let step = untimed(&story);
            story.hang(step);
        }
        WaitState::Retry => story.wait_for_retry(&trouble, in_state + ahead),
        WaitState::Schedule => {
            let step = scheduled(&story);
            story.wait_for_schedule(step, 0.0);
            story.steps[step].next_retry = Some(story.since + in_state + ahead);
        }
    }
    // what its neighbours did since must not lie in the future
    let settled = story.events.iter().fold(0.0_f64, |last, b| last.max(b.at));
    let age = (story.since + in_state).max(settled + 0.5);
    write(plan, ids, &mut story, age);
}

fn unclaimed(plan: &mut Plan, ids: &Ids, template: &Template, rng: &mut Rng, in_state: f64) {
    let mut story = Story::begin(template, rng);
    story.start();
    story.unclaimed(0);
    let age = story.since + in_state;
    let context = template.context(story.rng, None);
    write_with(plan, ids, &mut story, age, context);
}

/// What is said of a template's step while the system it calls is down. It passes.
pub(in crate::demo) fn outage(template: &Template, rng: &mut Rng) -> Failure {
    let steps = template.steps();
    let step = &template.traffic.outage.step;
    Failure {
        step: steps.iter().position(|s| &s.name == step).unwrap_or(0),
        error: template.outage_error(rng),
        permanent: false,
    }
}

/// The template of a namespace: each has one.
pub(in crate::demo) fn named<'a>(templates: &'a [Template], namespace: &str) -> &'a Template {
    let found = templates.iter().find(|t| t.namespace == namespace);
    found.unwrap_or(&templates[0])
}

/// The first step without a timeout: it hangs for good.
pub(in crate::demo) fn untimed(story: &Story<'_>) -> usize {
    let untimed = |s: &StepNow| s.plan.timeout_seconds.is_none();
    story.steps.iter().position(untimed).unwrap_or(0)
}

/// The template's scheduled step, else its last one.
pub(in crate::demo) fn scheduled(story: &Story<'_>) -> usize {
    match &story.template.traffic.scheduled {
        Some(scheduled) => story.step(&scheduled.step),
        None => story.steps.len() - 1,
    }
}

fn busy_with<'a>(wait: WaitState, templates: &'a [Template], rng: &mut Rng) -> &'a Template {
    let names: &[&str] = match wait {
        WaitState::Work => &[
            "media",
            "media",
            "finance",
            "finance",
            "orders",
            "crm",
            "payments",
            "notifications",
        ],
        WaitState::Retry => &[
            "crm",
            "crm",
            "finance",
            "media",
            "orders",
            "payments",
            "notifications",
        ],
        WaitState::Schedule => &["orders", "orders", "finance", "media", "finance"],
    };
    named(templates, rng.choice(names).copied().unwrap_or_default())
}

fn rng_minutes(rng: &mut Rng, from: f64, to: f64) -> f64 {
    60.0 * (from + rng.f64() * (to - from))
}
