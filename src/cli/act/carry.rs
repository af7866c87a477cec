//! Carries an act out, subject by subject, until it is done or a signal ends it.

use std::io::{Write as _, stderr};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio_util::sync::CancellationToken;

use crate::cli::dashboard::Target;
use crate::data::command::{Change, Item, ItemResult, Outcome, Write};
use crate::data::worker::Writer;
use crate::ui::signals;

/// What was done, and the signal that ended it, if one did.
pub(super) struct Carried {
    pub(super) outcome: Outcome,
    pub(super) signal: Option<u8>,
}

/// Does it. A signal ends it after the subject under way.
pub(super) async fn out(target: &Target, write: &Write, actor: &str) -> Carried {
    let stop = CancellationToken::new();
    let heard = tokio::spawn(signals::without_terminal(stop.clone()));
    let mut writer = Writer::new(&target.options, actor.to_owned());
    let bar = bar(write.change.count());
    let mut items = Vec::with_capacity(write.change.count());
    for place in 0..write.change.count() {
        let one = Write {
            change: only(&write.change, place),
            ..write.clone()
        };
        if stop.is_cancelled() {
            let why = "stopped before its turn".into();
            items.extend(untried(&one.change, &ItemResult::Untried { why }));
            continue;
        }
        items.extend(writer.carry_out(&one).await.items);
        bar.inc(1);
    }
    bar.finish_and_clear();
    stop.cancel();
    Carried {
        outcome: Outcome {
            batch: write.batch,
            action: write.change.name(),
            items,
        },
        signal: heard.await.ok().flatten(),
    }
}

fn untried<'a>(change: &'a Change, result: &'a ItemResult) -> impl Iterator<Item = Item> + 'a {
    let labels = change.labels().into_iter().cloned();
    change
        .ids()
        .into_iter()
        .zip(labels)
        .map(|(id, label)| Item {
            id,
            label,
            result: result.clone(),
        })
}

/// The change of one subject alone.
fn only(change: &Change, place: usize) -> Change {
    match change {
        Change::Steps(verb, targets) => Change::Steps(verb.clone(), vec![targets[place].clone()]),
        Change::Tasks(verb, targets) => Change::Tasks(*verb, vec![targets[place].clone()]),
        Change::Entries(verb, targets) => Change::Entries(*verb, vec![targets[place].clone()]),
    }
}

/// Draws on a terminal only, on standard error.
fn bar(count: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(count).unwrap_or(u64::MAX));
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len}  {eta} left") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

pub(super) fn say(line: &str) {
    let _ = writeln!(stderr(), "dlqtop: {line}");
}
