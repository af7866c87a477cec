//! Many entries of one cause, for `dlqtop demo --backlog`: what a broken gateway leaves behind.

use fastrand::Rng;

use super::rows::{Ids, Plan};
use crate::demo::catalog::templates;
use crate::demo::history::active_tasks::named;
use crate::demo::history::clock::LAST_SWEEP_SECS;
use crate::demo::history::entries::{FailedTask, at_a_sweep, pending};
use crate::demo::history::failure_kind::FailureKind;

/// What the gateway said to all of them. It is up again: whoever retries them sees them pass.
pub(in crate::demo) const PASSED: &str =
    "connection refused by gateway.acquirer.example:443 while capturing, request req_{h12}";
/// Of so many that can be retried there is one with a cause that lasts.
const LASTING: usize = 10;
/// The last sweeps have found them: too lately for a colleague to have begun with them.
const WITHIN_SECS: f64 = 300.0;

/// Adds the backlog, drawn from a seed of its own so that the rest of the demo stays as it is.
pub(in crate::demo) fn generate(plan: &mut Plan, ids: &Ids, seed: u64, count: usize) {
    let mut rng = Rng::with_seed(seed ^ 0x0bac_410c);
    let templates = templates();
    let mut gone = named(&templates, "payments").clone();
    gone.traffic.outage.errors = vec![PASSED.to_owned()];
    let mut lasting = gone.clone();
    lasting.traffic.permanent.truncate(1);
    let gone = (FailureKind::Transient, &gone, count);
    let lasting = (FailureKind::Permanent, &lasting, count / LASTING);
    for (kind, template, count) in [gone, lasting] {
        for _ in 0..count {
            let found = at_a_sweep(LAST_SWEEP_SECS + rng.f64() * WITHIN_SECS);
            let age = found - rng.f64() * 1.5;
            let failed = FailedTask {
                kind,
                template,
                age,
            };
            pending(plan, ids, &failed, &mut rng);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan_of(count: usize) -> Plan {
        let mut plan = Plan::default();
        let ids = Ids {
            now_ms: 1_795_000_000_000,
        };
        generate(&mut plan, &ids, 3, count);
        plan
    }

    #[test]
    fn as_many_as_wanted_and_a_tenth_that_fail_again() {
        let plan = plan_of(50);
        let entries: usize = plan.phases.iter().map(|phase| phase.entries.len()).sum();
        assert_eq!(entries, 55);
        let doomed = plan.tasks.iter().filter(|task| {
            let fault = &task.context["simulate"]["fault"];
            fault == "card_declined"
        });
        assert_eq!(doomed.count(), 5);
        assert!(plan_of(0).tasks.is_empty());
    }
}
