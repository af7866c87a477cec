//! When to ask for what, so that watching a database does not become a load on it. Pure: it is
//! told what things cost and how old they are, and says what is due and how long to pause.
//!
//! The lists cost `L` with every poll; the counts cost `C` and the statistics `S`, each read with
//! every `n`th poll only. All three are seconds of the database's time: how long the statements of
//! a part took, less the way there and back (see [`Schedule::note`]). A poll then costs, spread
//! over many,
//!
//! ```text
//! amortised = L + C / n(C) + S / n(S)          1 <= n <= 15
//! ```
//!
//! and may cost `budget * every`, where `every` is the pause that the operator asked for and the
//! budget a share of one core. A budget is no aim: both `n` begin at 1, and while a poll costs more
//! than half of what it may, the part that weighs more, by `C / n(C)` and `S / n(S)`, waits one poll
//! longer. If even with fifteen polls it costs more than all it may, the pause is stretched to
//! `amortised / budget`, up to a minute; beyond that the budget is exceeded, and the screen says so.
//!
//! What a part costs is the median of its last three readings, averaged with weights that fade
//! (each is worth 0.3). One stall, be it the first reading from a cold disk, moves nothing.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

pub use crate::data::model::poll_cost::{Budget, Pace, PollCost};

/// Dear parts are spread until polls cost no more than this share of the budget.
const TARGET_SHARE: f64 = 0.5;
/// Counts and statistics are read with every fifteenth poll at least.
const MAX_SKIPPED_POLLS: u32 = 15;
/// The budget stretches the pause no further.
const LONGEST_STRETCH: Duration = Duration::from_mins(1);
/// A poll may be under way for this share of the time between polls: what is far away is asked less
/// often.
const STRETCH: u32 = 5;
/// But a poll that stalled does not leave the screen asleep for longer than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The share that is shown is that of so many polls.
const COST_WINDOW: usize = 30;
/// The weight of the newest reading.
const NEWEST: f64 = 0.3;
/// A pause this little longer than asked for is not worth a word.
const NEGLIGIBLE: f64 = 1.05;

/// A part of a poll that has a cost of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The pages of both lists, the log, the task that is followed: with every poll.
    Lists,
    /// The numbers of the header, and how long the lists are in all.
    Counts,
    /// Everything of the stats pane.
    Stats,
}

/// What a poll reads besides the lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Due {
    /// The numbers of the header.
    pub counts: bool,
    /// The stats pane.
    pub stats: bool,
}

/// How long ago the parts were last asked for; `None` if they never were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ages {
    /// The numbers of the header.
    pub counts: Option<Duration>,
    /// The stats pane.
    pub stats: Option<Duration>,
}

/// What is worth knowing about a part, from its latest readings.
#[derive(Debug, Clone, Default)]
struct PartCost {
    latest: VecDeque<f64>,
    seconds: f64,
    failures: u32,
}

impl PartCost {
    fn note(&mut self, cost: Duration) {
        if self.latest.len() == 3 {
            self.latest.pop_front();
        }
        let young = self.latest.len() < 2;
        self.latest.push_back(cost.as_secs_f64());
        let mut sorted: Vec<f64> = self.latest.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        // Of two the lesser: the first may have been read from a cold disk.
        let median = sorted[(sorted.len() - 1) / 2];
        self.seconds = if young {
            median
        } else {
            self.seconds * (1.0 - NEWEST) + median * NEWEST
        };
    }

    fn is_sure(&self) -> bool {
        self.latest.len() == 3
    }
}

/// How often the two dear parts are read, and the least pause that the budget allows.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Plan {
    counts: u32,
    stats: u32,
    amortised: f64,
    pause: f64,
}

/// The formula above. All in seconds.
fn plan([lists, counts, stats]: [f64; 3], every: f64, budget: Budget) -> Plan {
    let (mut n, mut m) = (1_u32, 1_u32);
    let amortised = |n: u32, m: u32| lists + counts / f64::from(n) + stats / f64::from(m);
    let Some(share) = budget.share() else {
        let amortised = amortised(n, m);
        return Plan {
            counts: n,
            stats: m,
            amortised,
            pause: every,
        };
    };
    while amortised(n, m) > share * every * TARGET_SHARE && n.min(m) < MAX_SKIPPED_POLLS {
        let counts_weigh = counts / f64::from(n) >= stats / f64::from(m);
        if (counts_weigh && n < MAX_SKIPPED_POLLS) || m == MAX_SKIPPED_POLLS {
            n += 1;
        } else {
            m += 1;
        }
    }
    let amortised = amortised(n, m);
    Plan {
        counts: n,
        stats: m,
        amortised,
        pause: every.max(amortised / share),
    }
}

/// What polls cost of late, and what follows from it.
#[derive(Debug, Clone)]
pub struct Schedule {
    every: Duration,
    budget: Budget,
    lists: PartCost,
    counts: PartCost,
    stats: PartCost,
    took: Duration,
    /// What of it was not the database's; all of it where there is no budget to go by.
    way: Duration,
    /// What each of the latest polls cost, and the time from its end to that of the one before.
    recent: VecDeque<(f64, f64)>,
}

impl Schedule {
    /// One that knows no cost yet: everything is due.
    #[must_use]
    pub fn new(every: Duration, budget: Budget) -> Self {
        Self {
            every,
            budget,
            lists: PartCost::default(),
            counts: PartCost::default(),
            stats: PartCost::default(),
            took: Duration::ZERO,
            way: Duration::ZERO,
            recent: VecDeque::new(),
        }
    }

    /// Notes what a part of a poll cost the database: the time its statements took, less as many
    /// times what a statement takes that does nothing. `failed` parts are asked for again with the
    /// next poll: once in any case, and again and again if the failure costs next to nothing.
    pub fn note(&mut self, part: Part, cost: Duration, failed: bool) {
        let cheap = self
            .budget
            .share()
            .is_none_or(|share| cost.as_secs_f64() <= share * self.every.as_secs_f64());
        let kept = match part {
            Part::Lists => &mut self.lists,
            Part::Counts => &mut self.counts,
            Part::Stats => &mut self.stats,
        };
        kept.note(cost);
        kept.failures = match (failed, cheap) {
            (false, _) => 0,
            (true, true) => 1,
            (true, false) => kept.failures.saturating_add(1),
        };
    }

    /// Notes that a poll ended: what it cost in all, how long it took with the way there and back,
    /// and how long after the end of the one before (`None` for the first).
    pub fn end(&mut self, cost: Duration, took: Duration, since: Option<Duration>) {
        self.took = took;
        self.way = match self.budget.share() {
            Some(_) => took.saturating_sub(cost),
            None => took,
        };
        if self.recent.len() == COST_WINDOW {
            self.recent.pop_front();
        }
        // The first poll is shown as a share of the time until the second.
        let span = since.unwrap_or_else(|| self.pause().0 + took);
        self.recent
            .push_back((cost.as_secs_f64(), span.as_secs_f64()));
    }

    /// Notes that there was no telling for a while: the next share is that of the polls to come.
    pub fn interrupt(&mut self) {
        self.recent.clear();
    }

    /// What the next poll should read. `asked` is an operator who wants to see it now.
    #[must_use]
    pub fn due(&self, ages: Ages, asked: bool) -> Due {
        let interval = self.interval();
        let due = |kept: &PartCost, n: u32, age: Option<Duration>| {
            let Some(age) = age else { return true };
            let patience = if asked {
                self.every
            } else {
                // Half an interval early is nearer than half an interval late.
                interval.mul_f64(f64::from(n) - 0.5)
            };
            kept.failures == 1 || age >= patience
        };
        Due {
            counts: due(&self.counts, self.period(Part::Counts), ages.counts),
            stats: due(&self.stats, self.period(Part::Stats), ages.stats),
        }
    }

    /// How long to pause now, and why.
    #[must_use]
    pub fn pause(&self) -> (Duration, Pace) {
        let wanted = Duration::try_from_secs_f64(self.plan().pause).unwrap_or(Duration::MAX);
        let slow = |took: Duration| (took * STRETCH).min(LONGEST_PAUSE).max(self.every);
        let mut pause = wanted.min(LONGEST_STRETCH).max(self.every);
        if !self.lists.is_sure() {
            // Too few readings to be believed at length.
            pause = pause.min(slow(self.took));
        }
        let slow = slow(self.way);
        let unnoticed = self.every.mul_f64(NEGLIGIBLE);
        if slow > pause.max(unnoticed) {
            (slow, Pace::SlowAnswers)
        } else if wanted > LONGEST_STRETCH.max(unnoticed) {
            (pause, Pace::OverBudget)
        } else if pause <= unnoticed {
            (pause.max(slow), Pace::AsAsked)
        } else {
            (pause, Pace::WithinBudget)
        }
    }

    /// The time from one poll to the next.
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.pause().0 + self.took
    }

    /// With every how many polls a part is read.
    #[must_use]
    pub fn period(&self, part: Part) -> u32 {
        match part {
            Part::Lists => 1,
            Part::Counts => self.plan().counts,
            Part::Stats => self.plan().stats,
        }
    }

    /// What a part costs the database each time it is read.
    #[must_use]
    pub fn cost(&self, part: Part) -> Duration {
        let kept = match part {
            Part::Lists => &self.lists,
            Part::Counts => &self.counts,
            Part::Stats => &self.stats,
        };
        Duration::from_secs_f64(kept.seconds)
    }

    /// What a poll costs the database, with the dear parts spread over the polls between them.
    #[must_use]
    pub fn amortised(&self) -> Duration {
        Duration::from_secs_f64(self.plan().amortised)
    }

    /// What polls have cost of late, for the header.
    #[must_use]
    pub fn effort(&self) -> PollCost {
        let (cost, span) = self
            .recent
            .iter()
            .fold((0.0, 0.0), |(a, b), (cost, span)| (a + cost, b + span));
        PollCost {
            share: if span > 0.0 { cost / span } else { 0.0 },
            budget: self.budget,
            pace: self.pause().1,
        }
    }

    fn plan(&self) -> Plan {
        plan(
            [self.lists.seconds, self.counts.seconds, self.stats.seconds],
            self.every.as_secs_f64(),
            self.budget,
        )
    }
}
