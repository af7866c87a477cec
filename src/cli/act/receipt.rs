//! What became of each subject: as a table, as JSON, in a file.

use std::fs::File;
use std::io::{BufWriter, Write as _, stdout};

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Asked;
use super::ask::left_out;
use super::carry::Carried;
use crate::app::confirm::Plan;
use crate::cli::failure::Failure;
use crate::cli::json;
use crate::cli::table::{lines, table};
use crate::data::command::{Item, ItemResult, Tally, Write};
use crate::data::safe_text::SafeText;

/// Lines of the table that are printed of those that ended well.
const DONE_SHOWN: usize = 20;

/// What became of an act.
#[derive(Debug, Serialize)]
pub(super) struct Receipt {
    batch: Uuid,
    action: &'static str,
    actor: SafeText,
    reason: SafeText,
    /// A signal ended it before its time.
    stopped: bool,
    tally: Tally,
    items: Vec<Value>,
    left_out: Vec<Value>,
    #[serde(skip)]
    lines: Vec<[String; 3]>,
}

/// Nothing could be done.
pub(super) fn nothing(write: &Write, actor: &str, plan: &Plan) -> Receipt {
    make(write, actor, plan, &[])
}

/// What was carried out.
pub(super) fn of(write: &Write, actor: &str, plan: &Plan, carried: &Carried) -> Receipt {
    Receipt {
        stopped: carried.signal.is_some(),
        ..make(write, actor, plan, &carried.outcome.items)
    }
}

fn make(write: &Write, actor: &str, plan: &Plan, items: &[Item]) -> Receipt {
    Receipt {
        batch: write.batch,
        action: write.change.name(),
        actor: actor.into(),
        reason: write.reason.as_str().into(),
        stopped: false,
        tally: Tally::of(items.iter().map(|item| &item.result)),
        items: items.iter().map(in_json).collect(),
        left_out: left_out(plan),
        lines: items.iter().map(in_words).collect(),
    }
}

fn in_json(item: &Item) -> Value {
    let mut value = json!({ "id": item.id, "label": item.label });
    let (outcome, rest) = match &item.result {
        ItemResult::Done { now } => ("done", json!({ "now": now })),
        ItemResult::Changed { by, at, now } => {
            ("changed", json!({ "by": by, "at": at, "now": now }))
        }
        ItemResult::Failed { why } => ("failed", json!({ "why": why })),
        ItemResult::Unknown => ("unknown", json!({})),
        ItemResult::Untried { why } => ("untried", json!({ "why": why })),
    };
    value["outcome"] = outcome.into();
    if let Value::Object(rest) = rest {
        for (key, of) in rest {
            value[key] = of;
        }
    }
    value
}

fn in_words(item: &Item) -> [String; 3] {
    let (outcome, detail) = match &item.result {
        ItemResult::Done { now } => ("done", now.to_string()),
        ItemResult::Changed { by, at, now } => {
            let by = by
                .as_ref()
                .map_or_else(String::new, |by| format!(" by {by}"));
            let at = at.map_or_else(String::new, |at| format!(" at {}", at.format("%F %T UTC")));
            ("changed", format!("it is {now}{by}{at}; nothing was done"))
        }
        ItemResult::Failed { why } => ("failed", why.to_string()),
        ItemResult::Unknown => (
            "unknown",
            "the connection was lost: `dlqtop log` says whether it was done".to_owned(),
        ),
        ItemResult::Untried { why } => ("untried", why.to_string()),
    };
    [outcome.to_owned(), item.label.to_string(), detail]
}

impl Receipt {
    /// Everything that was named or matched was done.
    pub(super) fn all_done(&self) -> bool {
        self.tally.done == self.items.len() && !self.items.is_empty() && self.left_out.is_empty()
    }
}

/// Prints it, and writes it where it was wished.
pub(super) fn deliver(receipt: Receipt, asked: &Asked) -> Result<(), Failure> {
    if let Some(path) = &asked.receipt {
        let written = File::create(path).and_then(|file| {
            let mut file = BufWriter::new(file);
            json::write(&mut file, &receipt)?;
            file.flush()
        });
        // What was done is done, and is said below all the same.
        if let Err(error) = written {
            let path = path.display();
            super::carry::say(&format!("the receipt was not written to {path}: {error}"));
        }
    }
    let mut out = stdout().lock();
    if asked.json {
        json::write(&mut out, &receipt)?;
        return Ok(());
    }
    if receipt.items.is_empty() {
        return Ok(());
    }
    print(&mut out, &receipt)
}

fn print(out: &mut impl std::io::Write, receipt: &Receipt) -> Result<(), Failure> {
    let mut shown = table(&["OUTCOME", "WHAT", "DETAIL"]);
    let mut done = 0;
    for line in &receipt.lines {
        done += usize::from(line[0] == "done");
        if line[0] != "done" || done <= DONE_SHOWN {
            shown.add_row(line);
        }
    }
    writeln!(out)?;
    for line in lines(&shown) {
        writeln!(out, "{line}")?;
    }
    if done > DONE_SHOWN {
        writeln!(out, "and {} more done", done - DONE_SHOWN)?;
    }
    let Tally {
        done,
        changed,
        failed,
        unknown,
        untried,
    } = receipt.tally;
    let kinds = [
        (done, "done"),
        (changed, "changed meanwhile"),
        (failed, "failed"),
        (unknown, "unknown"),
        (untried, "not tried"),
        (receipt.left_out.len(), "left out"),
    ];
    let said: Vec<String> = kinds
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, kind)| format!("{n} {kind}"))
        .collect();
    writeln!(out, "{}; batch {}", said.join(", "), receipt.batch)?;
    Ok(())
}
