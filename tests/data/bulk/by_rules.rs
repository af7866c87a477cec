//! Whether an error has come back is judged by the rules in force.

use dlqtop::data::bulk::{Bulk, StopSignals};
use dlqtop::data::messages::command::{Outcome, Pace};
use dlqtop::data::worker::Writer;

use super::{Fleet, Scene, untried};
use crate::fingerprint_rules::{replacing, site};

/// Retries all, with a program that was given this rule, on a fleet where each fails for another tenant.
async fn retried(scene: &Scene, rule: Option<&str>) -> Outcome {
    let names = ["acme", "wayne", "kord", "stark"];
    let fleet = Fleet::of(&scene.db.pool, move |n| {
        Some(format!(
            "quota of tenant {}",
            names[usize::try_from(n % 4).unwrap()]
        ))
    });
    let rules = rule.map(|pattern| replacing(pattern, "tenant #"));
    let site = site(&scene.db, rules).await;
    let writer = Writer::new(&site, "ana".to_owned()).with_journal(Some(scene.runs()), "prod");
    let pace = Pace {
        per_second: Some(15.0),
        halt_after: Some(3),
        ..Pace::default()
    };
    let signals = StopSignals::default();
    let outcome = Bulk::new(writer)
        .carry_out(&scene.retry(pace), &signals, &mut |_| {})
        .await;
    fleet.end().await;
    outcome
}

#[tokio::test]
async fn a_run_halts_at_errors_that_a_rule_calls_the_same() {
    let scene = Scene::of(40, "quota of tenant umbrella").await;
    let outcome = retried(&scene, Some("tenant [a-z]+")).await;
    let why = untried(&outcome);
    assert!(
        why.first()
            .is_some_and(|why| why.starts_with("halted: quota of tenant ")),
        "{why:?}"
    );

    let scene = Scene::of(12, "quota of tenant umbrella").await;
    let outcome = retried(&scene, None).await;
    assert_eq!(outcome.tally().done, 12, "{:?}", untried(&outcome));
}
