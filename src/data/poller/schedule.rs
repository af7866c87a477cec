//! Decides what a poll reads and when the next one is due, so that polling does not become a load on the
//! database. Pure: from costs and ages it computes what is due and how long to pause.
//!
//! The lists cost `L` with every poll; the counts cost `C` and the statistics `S`, each read with
//! every `n`th poll only. All three are seconds of the database's time: how long the statements of
//! a part took, minus the network round trips (see [`Schedule::note`]). A poll then costs, spread
//! over many,
//!
//! ```text
//! amortised = L + C / n(C) + S / n(S)          1 <= n <= 15
//! ```
//!
//! and may cost `budget * every`, where `every` is the pause that the operator asked for and the
//! budget a share of one core. The budget is a limit, not a target: both `n` begin at 1, and while a poll
//! costs more than half of its limit, the part with the larger share, by `C / n(C)` and `S / n(S)`, is read
//! one poll later. If a poll exceeds the limit even at 15, the pause is stretched to `amortised / budget`,
//! up to a minute; beyond that the budget is exceeded, and the screen says so.
//!
//! The cost of a part is the median of its last three readings, smoothed exponentially (weight 0.3). A
//! single stall, such as the first reading from a cold disk, changes nothing. The same median is taken of
//! what the network adds to a poll: far from the database, the pause is five times as long as that.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

pub use crate::data::model::poll_cost::{Budget, Pace, PollCost};

/// Expensive parts are spread until polls cost no more than this share of the budget.
const TARGET_SHARE: f64 = 0.5;
/// The share of the budget for a scan that goes on for many polls.
const SCAN_SHARE: f64 = 0.25;
/// What such a scan may cost a poll without a budget.
const UNLIMITED_SCAN: Duration = Duration::from_millis(100);
/// Counts and statistics are read with every fifteenth poll at least.
const MAX_SKIPPED_POLLS: u32 = 15;
/// The budget stretches the pause no further.
const LONGEST_STRETCH: Duration = Duration::from_mins(1);
/// A poll may take this share of the time between polls: a distant database is polled less often.
const STRETCH: u32 = 5;
/// The longest pause after a poll that stalled.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Readings of which the median counts.
const LATEST: usize = 3;
/// The number of polls that the displayed share covers.
const COST_WINDOW: usize = 30;
/// The weight of the newest reading.
const NEWEST: f64 = 0.3;
/// A pause longer by up to this factor is not worth mentioning.
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

/// The cost of a part, from its latest readings.
#[derive(Debug, Clone, Default)]
struct PartCost {
    latest: VecDeque<Duration>,
    seconds: f64,
    failures: u32,
}

impl PartCost {
    fn note(&mut self, cost: Duration) {
        if self.latest.len() == LATEST {
            self.latest.pop_front();
        }
        let young = self.latest.len() < 2;
        self.latest.push_back(cost);
        let median = median(&self.latest).as_secs_f64();
        self.seconds = if young {
            median
        } else {
            self.seconds * (1.0 - NEWEST) + median * NEWEST
        };
    }

    fn is_sure(&self) -> bool {
        self.latest.len() == LATEST
    }
}

/// The middle of the latest readings; the lesser of two, for the first may come from a cold disk.
fn median(latest: &VecDeque<Duration>) -> Duration {
    let mut sorted: Vec<Duration> = latest.iter().copied().collect();
    sorted.sort_unstable();
    let middle = sorted.len().saturating_sub(1) / 2;
    sorted.get(middle).copied().unwrap_or_default()
}

/// How often the two expensive parts are read, and the least pause that the budget allows.
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

/// The recent cost of polls, and the schedule that follows from it.
#[derive(Debug, Clone)]
pub struct Schedule {
    every: Duration,
    budget: Budget,
    lists: PartCost,
    counts: PartCost,
    stats: PartCost,
    took: Duration,
    /// The network's part of the latest polls.
    ways: VecDeque<Duration>,
    /// What each of the latest polls cost, and the time from its end to that of the one before.
    recent: VecDeque<(f64, f64)>,
}

impl Schedule {
    /// A schedule without any readings: everything is due.
    #[must_use]
    pub fn new(every: Duration, budget: Budget) -> Self {
        Self {
            every,
            budget,
            lists: PartCost::default(),
            counts: PartCost::default(),
            stats: PartCost::default(),
            took: Duration::ZERO,
            ways: VecDeque::new(),
            recent: VecDeque::new(),
        }
    }

    /// Notes the cost of a part: the time of its statements, minus a network round trip for each. A failed
    /// part is read again with the next poll: once in any case, and every time if the failure was cheap.
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

    /// Notes the end of a poll: its total cost, how long it took with the network, and the time since the
    /// end of the last one (`None` for the first).
    pub fn end(&mut self, cost: Duration, took: Duration, since: Option<Duration>) {
        self.took = took;
        if self.ways.len() == LATEST {
            self.ways.pop_front();
        }
        self.ways.push_back(took.saturating_sub(cost));
        if self.recent.len() == COST_WINDOW {
            self.recent.pop_front();
        }
        // The first poll is shown as a share of the time until the second.
        let span = since.unwrap_or_else(|| self.pause().0 + took);
        self.recent
            .push_back((cost.as_secs_f64(), span.as_secs_f64()));
    }

    /// Notes an interruption: the displayed share starts again with the next poll.
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
            // Too few readings for a long pause.
            pause = pause.min(slow(self.took));
        }
        // Without a budget nothing is spared: the next poll comes as asked.
        let slow = match self.budget.share() {
            Some(_) => slow(median(&self.ways)),
            None => self.every,
        };
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

    /// What a poll may spend on a scan that goes on for many polls: a quarter of what it may cost.
    #[must_use]
    pub fn scan_allowance(&self) -> Duration {
        match self.budget.share() {
            Some(share) => self.every.mul_f64(share * SCAN_SHARE),
            None => UNLIMITED_SCAN.min(self.every),
        }
    }

    /// How many polls apart the readings of a part are.
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

    /// What a poll costs the database, with the expensive parts spread over the polls between them.
    #[must_use]
    pub fn amortised(&self) -> Duration {
        Duration::from_secs_f64(self.plan().amortised)
    }

    /// What polls have cost recently, for the header.
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
