//! Another profile's database is looked at while the screen goes on with the one it has.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::setup::DashboardSetup;
use crate::app::message::Tone;
use crate::app::screen::notification::Notification;
use crate::cli::clock::now;
use crate::cli::metrics::Metrics;
use crate::cli::target::replica;
use crate::cli::target::{self, Target};
use crate::config::global::Global;
use crate::config::profile::apply::switched;
use crate::config::{self, connection};
use crate::data::connection::limit_connecting;
use crate::data::messages::command::SwitchTo;
use crate::failure::Failure;

/// A database that can be gone on with.
pub(super) struct Found {
    to: SwitchTo,
    global: Global,
    target: Target,
    connect_limit: Option<Duration>,
    warnings: Vec<String>,
}

/// What was found usable.
pub(super) type Opened = mpsc::UnboundedReceiver<Found>;

type Answer = Result<SwitchTo, String>;

/// Looks at each profile that is asked for, and says whether it can be used.
pub(super) fn spawn(
    global: &Global,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> (Opened, mpsc::Sender<SwitchTo>, mpsc::Receiver<Answer>) {
    let (turn, mut asked) = mpsc::channel::<SwitchTo>(1);
    let (answers, turned) = mpsc::channel(1);
    let (found, opened) = mpsc::unbounded_channel();
    let (global, stop) = (global.clone(), stop.clone());
    tasks.spawn(async move {
        loop {
            let to = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                to = asked.recv() => to,
            };
            let Some(to) = to else { break };
            let looked = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                looked = look(&global, &to) => looked,
            };
            let answer = match looked {
                Ok(usable) => {
                    let _ = found.send(usable);
                    Ok(to)
                }
                Err(failure) => {
                    let line = failure.line().unwrap_or_default();
                    tracing::warn!(to = to.name(), "{line}");
                    Err(line)
                }
            };
            if answers.send(answer).await.is_err() {
                break;
            }
        }
    });
    (opened, turn, turned)
}

async fn look(global: &Global, to: &SwitchTo) -> Result<Found, Failure> {
    let global = match to {
        SwitchTo::Profile(name) => switched(global, name).await?,
        SwitchTo::Source(name) => {
            let mut other = global.clone();
            other.flags.source = Some(name.clone());
            other
        }
    };
    config::actor(&global)?;
    let way = connection::resolve(&global)?;
    let called = config::display_name(&global, &way.options);
    let wanted = target::wanted(&global);
    let target = Target::open(way.options, &wanted, called, None).await?;
    let target = replica::join(target, &global).await?;
    Ok(Found {
        to: to.clone(),
        global,
        target,
        connect_limit: way.connect_limit,
        warnings: way.warnings,
    })
}

/// The scene that begins now.
pub(super) async fn apply(opened: &mut Opened, to: &SwitchTo) -> Option<DashboardSetup> {
    let mut found = None;
    while let Ok(next) = opened.try_recv() {
        // An earlier one may have been left because something was under way.
        found = Some(next).filter(|next| next.to == *to).or(found);
    }
    let Found {
        global,
        target,
        connect_limit,
        mut warnings,
        ..
    } = found?;
    limit_connecting(connect_limit);
    let metrics = match Metrics::listen(&global).await {
        Ok(metrics) => metrics,
        Err(failure) => {
            warnings.extend(failure.line());
            Metrics::off()
        }
    };
    let (mut setup, line) = DashboardSetup::new(global, target.with_meters(metrics))
        .await
        .ok()?;
    warnings.extend(line);
    for warning in &warnings {
        tracing::warn!("{warning}");
    }
    let name = to.name();
    let (tone, text) = match warnings.join("; ") {
        none if none.is_empty() => (Tone::Good, format!("this is {name} now")),
        some => (Tone::Bad, format!("this is {name} now; {some}")),
    };
    setup.app.screen.notification = Some(Notification {
        tone,
        text,
        at: now(),
    });
    Some(setup)
}
