//! What becomes of a claimed step: decided from its inputs, from the outages, and by chance.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fastrand::Rng;
use tokio::sync::watch;
use uuid::Uuid;

use crate::demo::catalog::Template;
use crate::demo::fleet::background_task::between;
use crate::demo::fleet::claimed_step::{Claim, YOUNG};
use crate::demo::fleet::outages::Outage;
use crate::demo::text_template::fill;

/// How likely an attempt fails while its system is down.
const OUTAGE_SHARE: f64 = 0.7;
/// How likely a worker never answers.
const HANG_SHARE: f64 = 0.0015;

/// How a job ends.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::demo) enum StepOutcome {
    Finish,
    Fail { error: String, may_pass: bool },
}

/// Decides how jobs end.
#[derive(Debug)]
pub(in crate::demo) struct StepOutcomes {
    rng: Rng,
    outage: watch::Receiver<Option<Outage>>,
}

impl StepOutcomes {
    pub(in crate::demo) fn new(rng: Rng, outage: watch::Receiver<Option<Outage>>) -> Self {
        Self { rng, outage }
    }

    /// How long the step takes, and its ending; none if the worker never answers.
    pub(in crate::demo) fn decide(
        &mut self,
        template: &Template,
        claim: &Claim,
    ) -> (Duration, Option<StepOutcome>) {
        if let Some(error) = self.permanent(template, claim) {
            let ending = StepOutcome::Fail {
                error,
                may_pass: false,
            };
            return (between(&mut self.rng, 0.4, 2.0), Some(ending));
        }
        // Operators look first whether the other side is back: their retries pass.
        let retried_by_operator = claim.failed_before && claim.attempts == 1;
        if retried_by_operator {
            return (between(&mut self.rng, 0.2, 1.3), Some(StepOutcome::Finish));
        }
        if let Some(error) = self.outage(template, claim) {
            let ending = StepOutcome::Fail {
                error,
                may_pass: true,
            };
            return (between(&mut self.rng, 0.8, 4.0), Some(ending));
        }
        if !is_young(claim.task_uuid) {
            return (between(&mut self.rng, 0.2, 1.3), Some(StepOutcome::Finish));
        }
        if let Some(error) = self.flake(template, claim) {
            let ending = StepOutcome::Fail {
                error,
                may_pass: true,
            };
            return (between(&mut self.rng, 0.4, 2.5), Some(ending));
        }
        let ending = (self.rng.f64() >= HANG_SHARE).then_some(StepOutcome::Finish);
        (self.duration(template, claim), ending)
    }

    fn permanent(&mut self, template: &Template, claim: &Claim) -> Option<String> {
        let simulate = claim.inputs.0.get("simulate")?;
        if simulate.get("step")?.as_str()? != claim.step_name {
            return None;
        }
        let fault = simulate.get("fault")?.as_str()?;
        let known = template
            .traffic
            .permanent
            .iter()
            .find(|p| p.fault == fault)?;
        Some(fill(&known.error, &mut self.rng))
    }

    fn outage(&mut self, template: &Template, claim: &Claim) -> Option<String> {
        let outage = self.outage.borrow().clone()?;
        let hit = outage.namespace == template.namespace
            && template.traffic.outage.step == claim.step_name
            && created_ms(claim.task_uuid) >= outage.began_ms
            && self.rng.f64() < OUTAGE_SHARE;
        hit.then(|| template.outage_error(&mut self.rng))
    }

    fn flake(&mut self, template: &Template, claim: &Claim) -> Option<String> {
        let flaky = &template.traffic.flaky;
        let share = if claim.attempts == 1 {
            flaky.share
        } else {
            flaky.again
        };
        let hit = flaky.step == claim.step_name && self.rng.f64() < share;
        hit.then(|| fill(&flaky.error, &mut self.rng))
    }

    fn duration(&mut self, template: &Template, claim: &Claim) -> Duration {
        let slow = template.traffic.slow.as_ref();
        match slow.filter(|slow| slow.steps.contains(&claim.step_name)) {
            Some(slow) => {
                let (shortest, longest) = slow.seconds;
                between(&mut self.rng, shortest.into(), longest.into())
            }
            // most are quick
            None => Duration::from_secs_f64(0.2 + 3.8 * self.rng.f64().powi(3)),
        }
    }
}

/// The time in a version 7 id, in Unix milliseconds.
fn created_ms(id: Uuid) -> u64 {
    let (seconds, nanos) = id.get_timestamp().map_or((0, 0), |at| at.to_unix());
    seconds * 1_000 + u64::from(nanos / 1_000_000)
}

fn is_young(task: Uuid) -> bool {
    let created = UNIX_EPOCH + Duration::from_millis(created_ms(task));
    SystemTime::now()
        .duration_since(created)
        .unwrap_or_default()
        < YOUNG
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::catalog::templates;
    use serde_json::{Value, json};
    use sqlx::types::Json;

    fn claim(step_name: &str, inputs: Value, attempts: i32) -> Claim {
        Claim {
            workflow_step_uuid: Uuid::now_v7(),
            task_uuid: Uuid::now_v7(),
            step_name: step_name.to_owned(),
            attempts,
            failed_before: attempts == 1,
            inputs: Json(inputs),
            run: attempts,
        }
    }

    #[test]
    fn a_permanent_fault_fails_every_time_and_a_retried_step_passes() {
        let payments = templates().remove(0);
        let (_sender, outage) = watch::channel(None);
        let mut outcomes = StepOutcomes::new(Rng::with_seed(1), outage);
        let doomed = json!({ "simulate": { "step": "authorize_card", "fault": "card_declined" } });
        for _ in 0..50 {
            let (_, ending) =
                outcomes.decide(&payments, &claim("authorize_card", doomed.clone(), 1));
            assert!(matches!(
                ending,
                Some(StepOutcome::Fail {
                    may_pass: false,
                    ..
                })
            ));
            let (took, ending) =
                outcomes.decide(&payments, &claim("capture_payment", json!({}), 1));
            assert_eq!(ending, Some(StepOutcome::Finish));
            assert!(took < Duration::from_secs(2));
        }
    }

    #[test]
    fn an_outage_hits_only_what_was_created_after_it_began() {
        let payments = templates().remove(0);
        let began = |began_ms| {
            let outage = Outage {
                namespace: "payments",
                began_ms,
            };
            let (_sender, outage) = watch::channel(Some(outage));
            let mut outcomes = StepOutcomes::new(Rng::with_seed(1), outage);
            (0..100)
                .filter(|_| {
                    let claim = claim("capture_payment", json!({}), 2);
                    outcomes.outage(&payments, &claim).is_some()
                })
                .count()
        };
        assert!(began(0) > 50);
        assert_eq!(began(u64::MAX), 0);
    }
}
