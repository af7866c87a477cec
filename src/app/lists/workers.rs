//! The panes that only some sources have: who works, and what waits where.

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher as _};

use super::filter::FilterFields;
use super::list::{Column, Row};
use crate::app::App;
use crate::app::action::Pane;
use crate::app::capabilities;
use crate::app::format::count_usize;
use crate::data::model::safe_text::SafeText;
use crate::data::model::{Fleet, QueueDepthRow, WorkerRow};
use crate::data::source::Source;

/// What tells one named row from the others: names are all that workers and queues have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NameId(u64);

impl NameId {
    fn of(names: impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        names.hash(&mut hasher);
        Self(hasher.finish())
    }
}

fn text(safe: Option<&SafeText>) -> &str {
    safe.map_or("", |safe| safe.as_str())
}

fn minutes(seconds: Option<f64>) -> f64 {
    seconds.unwrap_or(0.0) / 60.0
}

impl Row for WorkerRow {
    type Id = NameId;

    fn id(&self) -> NameId {
        NameId::of((&self.worker, &self.host, &self.namespace_name))
    }

    fn facts(&self) -> FilterFields<'_> {
        FilterFields {
            text: [
                text(self.namespace_name.as_ref()),
                self.worker.as_str(),
                text(self.host.as_ref()),
                text(self.version.as_ref()),
            ],
            namespace: text(self.namespace_name.as_ref()),
            states: [self.health.as_str(), ""],
            health: self.health.as_str(),
            more: self.condition.as_slice(),
            age_minutes: minutes(self.seen_seconds),
            ..FilterFields::default()
        }
    }

    fn compare(&self, other: &Self, _: Column) -> Ordering {
        self.worker.cmp(&other.worker)
    }
}

impl Row for QueueDepthRow {
    type Id = NameId;

    fn id(&self) -> NameId {
        NameId::of(&self.name)
    }

    fn facts(&self) -> FilterFields<'_> {
        FilterFields {
            text: [self.name.as_str(), "", "", ""],
            more: &self.routes,
            age_minutes: minutes(self.oldest_seconds),
            ..FilterFields::default()
        }
    }

    fn compare(&self, other: &Self, _: Column) -> Ordering {
        self.name.cmp(&other.name)
    }
}

/// Who leads the workers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Leadership<'a> {
    /// These have no leader, as far as is known.
    Unknown,
    /// One has to, and none does.
    Nobody,
    /// This one.
    One(&'a WorkerRow),
    /// So many at once.
    Many(usize),
}

/// The workers in a few numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WorkerSummary<'a> {
    /// How many show themselves as they should.
    pub alive: usize,
    /// How many are late.
    pub late: usize,
    /// How many are dead.
    pub dead: usize,
    /// What those that are not dead have in hand, and what they could have; `None` if nobody knows.
    pub pool: Option<(i64, i64)>,
    /// Who leads them.
    pub lead: Leadership<'a>,
}

impl<'a> WorkerSummary<'a> {
    /// The workers of a poll. `leads` says whether one of them has to lead.
    #[must_use]
    pub fn of(workers: &'a [WorkerRow], leads: bool) -> Self {
        let with = |health: &str| workers.iter().filter(|row| row.health == *health).count();
        let pools = workers.iter().filter(|row| row.health != *"dead");
        let pools = pools.filter_map(|row| Some((row.busy.unwrap_or(0), row.size?)));
        let add = |(busy, size): (i64, i64), one: (i64, i64)| {
            (busy.saturating_add(one.0), size.saturating_add(one.1))
        };
        Self {
            alive: with("alive"),
            late: with("late"),
            dead: with("dead"),
            pool: pools.reduce(add).filter(|(_, size)| *size > 0),
            lead: leadership(workers, leads),
        }
    }

    /// The share of the pool that is in use.
    #[must_use]
    pub fn used(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a share for a bar")]
        self.pool.map(|(busy, size)| busy as f64 / size as f64)
    }
}

/// Whether one of the workers has to lead the others: a source that knows leaders watches for none.
#[must_use]
pub fn needs_leader(source: &Source, fleet: &Fleet) -> bool {
    const WATCHED: &str = "no_leader";
    let watched = fleet.alerts.iter().any(|one| one.alert == *WATCHED);
    watched || source.manifest.alerts.contains_key(WATCHED)
}

/// A lease that has run out leads nobody.
fn leadership(workers: &[WorkerRow], leads: bool) -> Leadership<'_> {
    let mut leaders = workers
        .iter()
        .filter(|row| row.is_leader && row.lease_seconds.is_none_or(|left| left > 0.0));
    match (leaders.next(), leaders.count()) {
        (Some(one), 0) => Leadership::One(one),
        (Some(_), others) => Leadership::Many(others + 1),
        (None, _) if leads || workers.iter().any(|row| row.is_leader) => Leadership::Nobody,
        (None, _) => Leadership::Unknown,
    }
}

impl App {
    /// The panes there are here, in the order of their keys.
    #[must_use]
    pub fn panes(&self) -> Vec<Pane> {
        capabilities::panes(&self.session.source)
    }

    /// The panes that not every source has.
    pub fn beside(&self) -> impl Iterator<Item = Pane> {
        let all = [Pane::Workers, Pane::Queues].into_iter();
        all.filter(|pane| capabilities::has_pane(&self.session.source, *pane))
    }

    /// The workers in a few numbers.
    #[must_use]
    pub fn crew(&self) -> WorkerSummary<'_> {
        let fleet = self.polled.fleet.rows.as_deref();
        let leads = fleet.is_some_and(|fleet| needs_leader(&self.session.source, fleet));
        let mut crew = WorkerSummary::of(self.polled.workers(), leads);
        if self.polled.workers().len() >= Fleet::MOST && crew.lead == Leadership::Nobody {
            // It may be one of those that were not read.
            crew.lead = Leadership::Unknown;
        }
        crew
    }

    /// The name of the worker or queue under the cursor, and all of its row.
    pub(in crate::app) fn fleet_row(&self) -> Option<(String, Option<String>)> {
        if self.screen.operator_log.is_some() || self.detail.is_some() {
            return None;
        }
        let (name, json) = match self.lists.focus {
            Pane::Workers => {
                let row = self.lists.workers.selected(self.polled.workers())?;
                (&row.worker, serde_json::to_string_pretty(row))
            }
            Pane::Queues => {
                let row = self.lists.queues.selected(self.polled.queues())?;
                (&row.name, serde_json::to_string_pretty(row))
            }
            Pane::Staleness | Pane::Queue | Pane::Stats => return None,
        };
        Some((name.as_str().to_owned(), json.ok()))
    }

    /// The worker under the cursor in words: columns are seldom wide enough for all of it.
    #[must_use]
    pub fn words_on_worker(&self) -> String {
        let Some(row) = self.lists.workers.selected(self.polled.workers()) else {
            return String::new();
        };
        let mut words = row.worker.first_line().to_owned();
        if let Some(host) = &row.host {
            words = format!("{words} on {}", host.first_line());
        }
        match &row.condition {
            Some(condition) => format!("{words}: {}", condition.first_line()),
            None => words,
        }
    }

    /// The queue under the cursor in words.
    #[must_use]
    pub fn words_on_queue(&self) -> String {
        let Some(row) = self.lists.queues.selected(self.polled.queues()) else {
            return String::new();
        };
        let routes: Vec<&str> = row.routes.iter().map(SafeText::first_line).collect();
        let name = row.name.first_line();
        if routes.is_empty() {
            name.to_owned()
        } else {
            format!("{name}: {}", routes.join(", "))
        }
    }

    pub(in crate::app) fn fleet_counted(&self, pane: Pane) -> Option<String> {
        let fleet = self.polled.fleet.rows.as_ref()?;
        let (shown, read) = match pane {
            Pane::Workers => (self.lists.workers.shown().len(), fleet.workers.len()),
            _ => (self.lists.queues.shown().len(), fleet.queues.len()),
        };
        // A poll reads no more, so nobody knows how many there are.
        let first = if read >= Fleet::MOST {
            "the first "
        } else {
            ""
        };
        Some(format!(
            "{} of {first}{}",
            count_usize(shown),
            count_usize(read)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worker(name: &str, health: &str, pool: (Option<i64>, Option<i64>)) -> WorkerRow {
        WorkerRow {
            worker: name.into(),
            host: None,
            namespace_name: None,
            health: health.into(),
            condition: None,
            seen_seconds: None,
            busy: pool.0,
            size: pool.1,
            is_leader: false,
            lease_seconds: None,
            version: None,
            started_at: None,
            finished_last_hour: None,
            failed_last_hour: None,
        }
    }

    fn leader(name: &str, lease: Option<f64>) -> WorkerRow {
        WorkerRow {
            is_leader: true,
            lease_seconds: lease,
            ..worker(name, "alive", (None, None))
        }
    }

    #[test]
    fn a_pool_is_that_of_the_living_whose_size_is_known() {
        let rows = [
            worker("a", "alive", (Some(3), Some(4))),
            worker("b", "late", (None, Some(4))),
            worker("c", "dead", (Some(4), Some(4))),
            worker("d", "alive", (Some(9), None)),
        ];
        let crew = WorkerSummary::of(&rows, false);
        assert_eq!((crew.alive, crew.late, crew.dead), (2, 1, 1));
        assert_eq!(crew.pool, Some((3, 8)));
        assert_eq!(WorkerSummary::of(&rows[2..], false).pool, None);
        let empty = [worker("e", "alive", (Some(0), Some(0)))];
        assert_eq!(WorkerSummary::of(&empty, false).used(), None);
    }

    #[test]
    fn a_lease_that_ran_out_leads_nobody() {
        let (a, b) = (leader("a", Some(12.0)), leader("b", None));
        let gone = leader("c", Some(-3.0));
        let plain = worker("d", "alive", (None, None));
        let cases = [
            (vec![&a, &gone, &plain], false, Leadership::One(&a)),
            (vec![&a, &b], false, Leadership::Many(2)),
            (vec![&gone, &plain], false, Leadership::Nobody),
            (vec![&plain], false, Leadership::Unknown),
            (vec![&plain], true, Leadership::Nobody),
            (vec![], true, Leadership::Nobody),
        ];
        for (rows, leads, want) in cases {
            let rows: Vec<WorkerRow> = rows.into_iter().cloned().collect();
            assert_eq!(WorkerSummary::of(&rows, leads).lead, want, "{rows:?}");
        }
    }
}
