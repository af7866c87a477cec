//! `--metrics-listen`: taken before anything else, so that a port in use is said while there is
//! still somebody to read it.

use crate::config::global::Global;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::clock;
use crate::data::model::{LatestPoll, RowsWanted};
use crate::data::poller::schedule::Budget;
use crate::data::poller::{self, PollOptions};
use crate::detector::status::Status;
use crate::failure::Failure;
use crate::telemetry::{Meters, server};

/// Without a screen the database is polled for the metrics alone: as often as they are asked for.
const POLL_FOR_METRICS: Duration = Duration::from_secs(15);

/// What is counted, and where it can be read, if anywhere.
#[derive(Debug)]
pub struct Metrics {
    /// For those who count.
    pub meters: Meters,
    listener: Option<TcpListener>,
}

/// The polls that are measured, and how often they come.
pub struct Polls {
    /// The newest of them.
    pub latest: watch::Receiver<LatestPoll>,
    /// From one to the next.
    pub every: Duration,
}

/// Where to poll for metrics alone, and what that may cost.
pub struct Polling {
    /// The database.
    pub options: PgConnectOptions,
    /// What the polls may cost.
    pub budget: Budget,
}

impl Metrics {
    /// Nothing is counted.
    #[must_use]
    pub fn off() -> Self {
        Self {
            meters: Meters::off(),
            listener: None,
        }
    }

    /// Takes the address that was asked for, if one was.
    ///
    /// # Errors
    ///
    /// A usage failure that says what to do if the address cannot be had.
    pub async fn listen(global: &Global) -> Result<Self, Failure> {
        let Some(address) = global.settings.program.telemetry.metrics_listen else {
            return Ok(Self::off());
        };
        let listener = TcpListener::bind(address).await;
        let listener = listener.map_err(|error| cannot_listen(address, &error))?;
        let meters = Meters::new().map_err(|error| Failure::unavailable(error.to_string()))?;
        Ok(Self {
            meters,
            listener: Some(listener),
        })
    }

    /// Starts answering, if an address was given: about these polls and about the detector.
    pub fn serve(
        self,
        polls: Polls,
        detector: watch::Receiver<Status>,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) {
        let Some(listener) = self.listener else {
            return;
        };
        let channels = server::Channels {
            meters: self.meters,
            polls: polls.latest,
            every: polls.every,
            detector,
            source: "tasker".to_owned(),
            clock: clock::now,
            stop: stop.clone(),
        };
        tasks.spawn(server::run(listener, channels));
    }

    /// As [`Metrics::serve`] where there is no screen, and so nobody else who polls.
    pub fn serve_without_screen(
        self,
        polling: Polling,
        detector: watch::Receiver<Status>,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) {
        if self.listener.is_none() {
            return;
        }
        let (newest, polls) = watch::channel(None);
        let (follow, followed) = watch::channel(None);
        let (reach, reached) = watch::channel(RowsWanted::default());
        let Polling { options, budget } = polling;
        let polling = PollOptions {
            every: POLL_FOR_METRICS,
            budget,
            ..PollOptions::default()
        };
        let channels = poller::PollerChannels {
            newest,
            follow: followed,
            reach: reached,
            wake: Arc::new(Notify::new()),
            stop: stop.clone(),
        };
        tasks.spawn(async move {
            poller::run(options, polling, channels).await;
            // The poller would end without them.
            drop((follow, reach));
        });
        let polls = Polls {
            latest: polls,
            every: POLL_FOR_METRICS,
        };
        self.serve(polls, detector, tasks, stop);
    }
}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Failure {
    let advice = match error.kind() {
        ErrorKind::AddrInUse => {
            "another program listens there; choose another port with --metrics-listen"
        }
        ErrorKind::AddrNotAvailable => {
            "this machine has no such address; 127.0.0.1 is always its own"
        }
        ErrorKind::PermissionDenied => "ports below 1024 are for root; choose a higher one",
        _ => "choose another address with --metrics-listen",
    };
    Failure::usage(format!(
        "cannot serve metrics on {address} ({error}): {advice}"
    ))
}
