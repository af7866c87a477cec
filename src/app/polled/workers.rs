//! The workers of a poll in a few numbers.

use super::Polled;
use crate::data::model::fleet::Lease;
use crate::data::model::{Fleet, WorkerRow};
use crate::data::source::Source;

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

/// Whether one of the workers has to lead the others: a source that knows leaders watches for none. Without
/// any worker there is nobody to lead, if the source counts no leaders: a single instance registers no worker.
#[must_use]
pub fn needs_leader(source: &Source, fleet: &Fleet) -> bool {
    const WATCHED: &str = "no_leader";
    match fleet.alerts.iter().find(|one| one.alert == *WATCHED) {
        Some(alert) => alert.over || alert.value.is_some() || !fleet.workers.is_empty(),
        None => source.manifest.alerts.contains_key(WATCHED),
    }
}

/// A lease that has run out leads nobody, and neither does a dead worker.
fn leadership(workers: &[WorkerRow], leads: bool) -> Leadership<'_> {
    let mut leaders = workers
        .iter()
        .filter(|row| matches!(row.lease(), Lease::Leads(_)));
    match (leaders.next(), leaders.count()) {
        (Some(one), 0) => Leadership::One(one),
        (Some(_), others) => Leadership::Many(others + 1),
        (None, _) if leads || workers.iter().any(|row| row.is_leader) => Leadership::Nobody,
        (None, _) => Leadership::Unknown,
    }
}

impl Polled {
    /// The workers in a few numbers.
    #[must_use]
    pub fn worker_summary(&self, source: &Source) -> WorkerSummary<'_> {
        let leads = (self.fleet.rows.as_deref()).is_some_and(|fleet| needs_leader(source, fleet));
        let mut summary = WorkerSummary::of(self.workers(), leads);
        if self.workers().len() >= Fleet::MAX_ROWS && summary.lead == Leadership::Nobody {
            // It may be one of those that were not read.
            summary.lead = Leadership::Unknown;
        }
        summary
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worker(name: &str, health: &str, busy: Option<i64>, size: Option<i64>) -> WorkerRow {
        WorkerRow {
            worker: name.into(),
            host: None,
            namespace_name: None,
            health: health.into(),
            condition: None,
            seen_seconds: None,
            busy,
            size,
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
            ..worker(name, "alive", None, None)
        }
    }

    #[test]
    fn a_pool_is_that_of_the_living_whose_size_is_known() {
        let rows = [
            worker("a", "alive", Some(3), Some(4)),
            worker("b", "late", None, Some(4)),
            worker("c", "dead", Some(4), Some(4)),
            worker("d", "alive", Some(9), None),
        ];
        let crew = WorkerSummary::of(&rows, false);
        assert_eq!((crew.alive, crew.late, crew.dead), (2, 1, 1));
        assert_eq!(crew.pool, Some((3, 8)));
        assert_eq!(WorkerSummary::of(&rows[2..], false).pool, None);
        let empty = [worker("e", "alive", Some(0), Some(0))];
        assert_eq!(WorkerSummary::of(&empty, false).used(), None);
    }

    #[test]
    fn a_lease_that_ran_out_leads_nobody() {
        let (a, b) = (leader("a", Some(12.0)), leader("b", None));
        let gone = leader("c", Some(-3.0));
        let plain = worker("d", "alive", None, None);
        let dead = WorkerRow {
            health: "dead".into(),
            ..leader("e", Some(3e10))
        };
        let cases = [
            (vec![&a, &gone, &plain], false, Leadership::One(&a)),
            (vec![&a, &b], false, Leadership::Many(2)),
            (vec![&gone, &plain], false, Leadership::Nobody),
            (vec![&dead, &plain], true, Leadership::Nobody),
            (vec![&a, &dead], true, Leadership::One(&a)),
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
