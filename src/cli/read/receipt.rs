//! `dlqtop receipt`: what a batch did, read from the log; and of what it retried, whether that has passed or
//! failed again by now. It needs nothing but the batch: another machine can ask, and so can a later day.

use std::collections::{BTreeMap, HashMap};
use std::io::{Write as _, stderr, stdout};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::app::format::error_line;
use crate::app::writes::outcome_summary::{done_word, tally, verdicts};
use crate::cli::args::Output;
use crate::cli::output::json::print_json;
use crate::cli::output::table::{put, table};
use crate::cli::query::ask;
use crate::config::global::Global;
use crate::config::value::interval;
use crate::data::bulk::receipt::{retries_tally, subject};
use crate::data::bulk::retry_outcome::{self, Retried, Verdict};
use crate::data::messages::command::{Item, ItemResult, Outcome};
use crate::data::model::LogRow;
use crate::data::model::safe_text::SafeText;
use crate::data::reads::history;
use crate::failure::Failure;

/// Time between two looks while retries are waited for.
const LOOKS: Duration = Duration::from_secs(2);

/// Which change, and whether to wait for its outcome.
#[derive(Debug, Clone, Args)]
pub struct ReceiptArgs {
    /// The batch, as the command, the receipt and the log name it.
    #[arg(value_name = "BATCH")]
    pub batch: Uuid,
    /// Wait until all that was retried has passed or failed again, at most so long.
    #[arg(long, value_name = "TIME", num_args = 0..=1, require_equals = true,
          default_missing_value = "30m", value_parser = interval)]
    pub wait: Option<Duration>,
    /// How it is printed.
    #[command(flatten)]
    pub output: Output,
}

/// What the log says of a batch, and the database of its retries.
struct Found {
    first: LogRow,
    outcome: Outcome,
    /// What became of its retries; `None` if it retried nothing, or nobody can tell.
    retried: Option<BTreeMap<Uuid, Retried>>,
    /// Why nobody can tell.
    why_unknown: Option<String>,
}

impl Found {
    /// How many retries are still on their way.
    fn running(&self) -> usize {
        let retried = self.retried.as_ref();
        retried.map_or(0, |retried| retries_tally(&self.outcome, retried).running)
    }

    /// Whether everything was done, and all that was retried has passed.
    fn is_well(&self) -> bool {
        let all = self.outcome.items.len();
        let passed = self
            .retried
            .as_ref()
            .map_or(all, |retried| retries_tally(&self.outcome, retried).passed);
        self.outcome.tally().done == all && passed == all && self.why_unknown.is_none()
    }
}

/// Prints what a batch did and what became of it.
///
/// # Errors
///
/// [`Failure`]: no log has it, or the database cannot be asked.
pub async fn run(global: &Global, args: ReceiptArgs) -> Result<ExitCode, Failure> {
    let until = Instant::now() + args.wait.unwrap_or_default();
    let mut found = look(global, args.batch).await?;
    while args.wait.is_some() && found.running() > 0 && Instant::now() < until {
        sleep(LOOKS).await;
        found = look(global, args.batch).await?;
    }
    if args.output.json {
        print_json(&as_json(&found))?;
    } else {
        print(&found)?;
    }
    Ok(ExitCode::from(u8::from(!found.is_well())))
}

async fn look(global: &Global, batch: Uuid) -> Result<Found, Failure> {
    let found = ask(global, async |db, source| {
        let lines = history::log_of_batch(db, source, batch).await?;
        let Some(first) = lines.first().cloned() else {
            return Ok(None);
        };
        let change = retry_outcome::retry_of_nothing(first.action.as_str());
        let why_unknown =
            (change.as_ref()).and_then(|change| retry_outcome::why_no_outcome(source, change));
        let mut retried = None;
        if let Some(change) = change.filter(|_| why_unknown.is_none()) {
            let ids = lines.iter().filter_map(|line| line.subject_uuid).collect();
            let asked = retry_outcome::request(batch, &change, ids);
            let found = retry_outcome::retried(db, source, &asked)
                .await?
                .into_iter();
            retried = Some(found.map(|one| (one.id, one)).collect());
        }
        Ok(Some(Found {
            outcome: outcome(batch, change_name(&first), &lines),
            first,
            retried,
            why_unknown,
        }))
    })
    .await?;
    found.ok_or_else(|| Failure::usage(format!("no log of this database has the batch {batch}")))
}

/// The name of a change, for those that are retries; the others need none.
fn change_name(first: &LogRow) -> &'static str {
    let change = retry_outcome::retry_of_nothing(first.action.as_str());
    change.map_or("", |change| change.name())
}

/// The lines of a log as results: of two about one subject, what was done counts, or else the later.
fn outcome(batch: Uuid, action: &'static str, lines: &[LogRow]) -> Outcome {
    let mut items: Vec<Item> = Vec::new();
    let mut places: HashMap<Uuid, usize> = HashMap::new();
    for line in lines {
        let Some(id) = line.subject_uuid else {
            continue;
        };
        let item = Item {
            id,
            label: line.subject.clone(),
            result: result(line),
        };
        match places.get(&id) {
            Some(at) if matches!(items[*at].result, ItemResult::Done { .. }) => {}
            Some(at) => items[*at] = item,
            None => {
                places.insert(id, items.len());
                items.push(item);
            }
        }
    }
    Outcome {
        batch,
        action,
        items,
    }
}

fn result(line: &LogRow) -> ItemResult {
    let now = line.after.clone().unwrap_or_default();
    match line.outcome.as_str() {
        "done" => ItemResult::Done { now },
        "changed meanwhile" => ItemResult::Changed {
            by: None,
            at: None,
            now,
        },
        why => ItemResult::Failed {
            why: SafeText::new(why.strip_prefix("failed: ").unwrap_or(why)),
        },
    }
}

fn as_json(found: &Found) -> Value {
    let Found {
        first,
        outcome,
        retried,
        why_unknown,
    } = found;
    let items = outcome.items.iter();
    let subjects: Vec<Value> = items.map(|item| subject(item, retried.as_ref())).collect();
    json!({
        "batch": outcome.batch,
        "actor": first.actor,
        "at": first.at,
        "action": first.action,
        "reason": first.reason,
        "incident": first.incident,
        "tally": outcome.tally(),
        "retries": retried.as_ref().map(|retried| retries_tally(outcome, retried)),
        "retries_unknown": why_unknown,
        "subjects": subjects,
    })
}

fn print(found: &Found) -> Result<(), Failure> {
    let mut shown = table(&["OUTCOME", "WHAT", "DETAIL", "ID"]);
    for item in &found.outcome.items {
        let [outcome, detail] = in_words(item, found);
        shown.add_row([outcome, item.label.to_string(), detail, item.id.to_string()]);
    }
    let mut out = stdout().lock();
    put(&mut out, &shown)?;
    let first = &found.first;
    let reason = first
        .reason
        .as_ref()
        .map_or("", |reason| reason.first_line());
    let when = first.at.format("%F %T UTC");
    writeln!(
        out,
        "{} by {} at {when}: {reason}",
        first.action, first.actor
    )?;
    writeln!(out, "{}", tally(&found.outcome))?;
    if let Some(retried) = &found.retried {
        writeln!(out, "{}", verdicts(&retries_tally(&found.outcome, retried)))?;
    }
    if let Some(why) = &found.why_unknown {
        let _ = writeln!(stderr(), "dlqtop: not known whether they pass: {why}");
    }
    Ok(())
}

/// What became of one subject: the word, and what there is to say of it.
fn in_words(item: &Item, found: &Found) -> [String; 2] {
    let (word, detail) = match (&item.result, &found.retried) {
        (ItemResult::Done { now }, Some(retried)) => retry_in_words(retried.get(&item.id), now),
        (ItemResult::Done { now }, None) => (done_word(found.outcome.action), now.to_string()),
        (ItemResult::Changed { now, .. }, _) => {
            ("changed", format!("it is {now}; nothing was done"))
        }
        (ItemResult::Failed { why }, _) => ("failed", why.to_string()),
        (ItemResult::Unknown | ItemResult::Untried { .. }, _) => ("unknown", String::new()),
    };
    [word.to_owned(), detail]
}

/// The same of a retry: how it turned out, and its error or its state.
fn retry_in_words(answer: Option<&Retried>, sent: &SafeText) -> (&'static str, String) {
    let Some(answer) = answer else {
        return ("running", sent.to_string());
    };
    let word = match answer.verdict {
        Some(Verdict::Passed) => "passed",
        Some(Verdict::FailedAgain) => "failed again",
        Some(Verdict::Cancelled) => "cancelled",
        Some(Verdict::Gone) => "gone",
        None => "running",
    };
    let detail = answer.error.as_ref().unwrap_or(&answer.state);
    (word, error_line(detail))
}
