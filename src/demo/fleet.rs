//! The simulated company at work: orders arrive, workers run steps, systems fail and recover.
//!
//! Each part is a [`BackgroundTask`](background_task::BackgroundTask); a new one is a file here and a line
//! in [`run`].

pub(in crate::demo) mod arrivals;
pub(in crate::demo) mod background_task;
mod claimed_step;
pub(in crate::demo) mod orchestrator;
pub(in crate::demo) mod outages;
pub(in crate::demo) mod second_operator;
pub(in crate::demo) mod step_outcome;
pub(in crate::demo) mod workers;

use fastrand::Rng;
use sqlx::PgPool;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::catalog::templates;
use crate::demo::fleet::arrivals::Arrivals;
use crate::demo::fleet::background_task::keep;
use crate::demo::fleet::orchestrator::{Housekeeping, Orchestrator};
use crate::demo::fleet::outages::Outages;
use crate::demo::fleet::second_operator::SecondOperator;
use crate::demo::fleet::workers::Workers;

/// Runs the fleet until `stop`: an orchestrator, each namespace's workers, steady arrivals,
/// systems that fail and recover, retention, and a colleague who takes over when the queue grows
/// out of hand. A database that goes away is waited for.
///
/// The same seed draws the same arrivals and mishaps; what becomes of them depends on timing.
/// Returns when every part has stopped. What workers had in hand stays in progress, as when a
/// deployment is killed; the next run takes it up again.
pub async fn run(pool: PgPool, seed: u64, stop: CancellationToken) {
    let mut rng = Rng::with_seed(seed);
    let parts = TaskTracker::new();
    let (outages, outage) = watch::channel(None);
    for template in templates() {
        let crew = Workers::new(pool.clone(), template, rng.fork(), outage.clone());
        parts.spawn(keep(crew, stop.clone()));
    }
    parts.spawn(keep(
        Outages::new(pool.clone(), rng.fork(), outages),
        stop.clone(),
    ));
    parts.spawn(keep(Orchestrator::new(pool.clone()), stop.clone()));
    parts.spawn(keep(Arrivals::new(pool.clone(), rng.fork()), stop.clone()));
    parts.spawn(keep(
        SecondOperator::new(pool.clone(), rng.fork()),
        stop.clone(),
    ));
    parts.spawn(keep(Housekeeping::new(pool), stop));
    parts.close();
    parts.wait().await;
}
