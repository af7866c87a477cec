//! The whole invented history, from a seed. Pure: the same seed tells the same stories.

use fastrand::Rng;

use super::backlog;
use super::rows::{Ids, Plan, SweepRow, WorkerRow};
use crate::demo::catalog::{Template, UNSTEADY, templates};
use crate::demo::history::active_tasks;
use crate::demo::history::clock::{DETECTORS, LAST_SWEEP_SECS, SILENT_SECS, SWEEP_EVERY_SECS};
use crate::demo::history::entries;

/// A day of sweeps.
const SWEEPS: u32 = 288;

/// Writes the script. `now_ms` is the database's clock; only ids depend on it. A backlog changes
/// nothing of the rest.
pub(in crate::demo) fn generate(seed: u64, now_ms: i64, backlog: usize) -> Plan {
    let mut rng = Rng::with_seed(seed);
    let ids = Ids { now_ms };
    let templates = templates();
    let mut plan = Plan::default();
    entries::generate(&mut plan, &ids, &mut rng);
    active_tasks::overdue(&mut plan, &ids, &templates, &mut rng);
    active_tasks::healthy(&mut plan, &ids, &templates, &mut rng);
    active_tasks::finished(&mut plan, &ids, &templates, &mut rng);
    backlog::generate(&mut plan, &ids, seed, backlog);
    plan.log.sort_by(|a, b| b.age.total_cmp(&a.age));
    plan.sweeps = sweeps(&plan, &mut rng);
    plan.workers = workers(&templates, &mut rng);
    plan
}

/// One sweep every five minutes, each with what it found.
fn sweeps(plan: &Plan, rng: &mut Rng) -> Vec<SweepRow> {
    let entries = plan.phases.iter().flat_map(|phase| &phase.entries);
    let swept: Vec<f64> = entries
        .filter(|entry| entry.reason != "manual_dlq")
        .map(|entry| entry.age)
        .collect();
    let mut rows = Vec::new();
    for i in (0..SWEEPS).rev() {
        let age = LAST_SWEEP_SECS + f64::from(i) * SWEEP_EVERY_SECS;
        let of_this_sweep = swept
            .iter()
            .filter(|&&e| e <= age && e > age - SWEEP_EVERY_SECS);
        let moved = i32::try_from(of_this_sweep.count()).unwrap_or(0);
        let skipped = i32::from(rng.u8(0..12) == 0);
        rows.push(SweepRow {
            instance: DETECTORS[usize::from(i % 2 == 1)].to_owned(),
            age,
            took_ms: rng.i64(24..70) + i64::from(moved) * rng.i64(3..7),
            detected: moved + skipped,
            moved,
            skipped,
        });
    }
    rows
}

/// Who has been heard, and when.
fn workers(templates: &[Template], rng: &mut Rng) -> Vec<WorkerRow> {
    let mut rows = Vec::new();
    for template in templates {
        for number in 1..=template.traffic.workers {
            let heard_age = match template.namespace.as_str() {
                UNSTEADY => SILENT_SECS + rng.f64() * 8.0,
                _ => rng.f64() * 6.0,
            };
            rows.push(WorkerRow {
                worker: format!("{}-worker-{number}", template.namespace),
                namespace: template.namespace.clone(),
                started_age: 86_400.0 * (0.5 + rng.f64() * 6.0),
                heard_age,
            });
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_tells_the_same_stories() {
        let plan = |seed| format!("{:?}", generate(seed, 1_795_000_000_000, 20));
        assert_eq!(plan(3), plan(3));
        assert_ne!(plan(3), plan(4));
    }

    #[test]
    fn nothing_has_happened_in_the_future() {
        let plan = generate(11, 1_795_000_000_000, 20);
        for phase in &plan.phases {
            let moves = phase.task_moves.iter().chain(&phase.step_moves);
            assert!(moves.map(|m| m.age).all(|age| age >= 0.0));
            assert!(
                phase
                    .entries
                    .iter()
                    .all(|e| e.age > e.resolved_age.unwrap_or(0.0))
            );
        }
        assert!(plan.log.iter().all(|row| row.age > 0.0));
    }
}
