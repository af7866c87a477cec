//! What became of each subject: as a table, as JSON, in a file.

use std::io::{BufWriter, Write, stdout};
use std::path::Path;

use serde_json::Value;

use super::ask::left_out;
use crate::app::writes::outcome_summary::done_word;
use crate::app::writes::verb_plan::Plan;
use crate::cli::act::execute::{Executed, say};
use crate::cli::clock::now;
use crate::cli::output::json;
use crate::cli::output::table::{put, table};
use crate::cli::target::Target;
use crate::data::bulk::receipt::{Circumstances, receipt};
use crate::data::bulk::retry_outcome::{has_outcome, why_no_outcome};
use crate::data::messages::command;
use crate::data::messages::command::{Item, ItemResult, Outcome, Tally};
use crate::failure::Failure;
use crate::files::private;

/// Lines of the table that are printed of those that ended well.
const DONE_SHOWN: usize = 20;

/// What became of an act.
#[derive(Debug)]
pub(super) struct Receipt {
    outcome: Outcome,
    left_out: usize,
    json: Value,
    /// Whether there is a log that can be looked into.
    is_logged: bool,
    /// Whether it is a retry of which it can be asked later how it turned out.
    tells_later: bool,
}

/// Nothing could be done.
pub(super) fn nothing(
    write: &command::Write,
    target: &Target,
    actor: &str,
    plan: &Plan,
) -> Receipt {
    let outcome = Outcome {
        batch: write.batch,
        action: write.change.name(),
        items: Vec::new(),
    };
    let executed = Executed {
        outcome,
        signal: None,
    };
    of(write, target, actor, Some(plan), executed)
}

/// What was carried out. There is no plan of a run that was taken up.
pub(super) fn of(
    write: &command::Write,
    target: &Target,
    actor: &str,
    plan: Option<&Plan>,
    executed: Executed,
) -> Receipt {
    let when = Circumstances {
        actor: actor.into(),
        profile: target.profile.as_str().into(),
        at: now(),
    };
    let mut json = receipt(write, &executed.outcome, &when, None);
    json["stopped"] = executed.signal.is_some().into();
    json["left_out"] = plan.map_or_else(Vec::new, left_out).into();
    Receipt {
        outcome: executed.outcome,
        left_out: plan.map_or(0, |plan| plan.excluded.len()),
        json,
        is_logged: target.site.source.is_logged(),
        tells_later: has_outcome(&write.change)
            && target.site.source.is_logged()
            && why_no_outcome(&target.site.source, &write.change).is_none(),
    }
}

impl Receipt {
    /// Everything that was named or matched was done.
    pub(super) fn all_done(&self) -> bool {
        let items = &self.outcome.items;
        !items.is_empty() && self.outcome.tally().done == items.len() && self.left_out == 0
    }

    /// Prints it, and writes it where it was wished.
    pub(super) fn deliver(&self, as_json: bool, file: Option<&Path>) -> Result<(), Failure> {
        if let Some(path) = file {
            let mut opening = private::options();
            opening.write(true).create(true).truncate(true);
            let written = opening.open(path).and_then(|file| {
                let mut file = BufWriter::new(file);
                json::write(&mut file, &self.json)?;
                file.flush()
            });
            // What was done is done, and is said below all the same.
            if let Err(error) = written {
                let path = path.display();
                say(&format!("the receipt was not written to {path}: {error}"));
            }
        }
        let mut out = stdout().lock();
        if as_json {
            json::write(&mut out, &self.json)?;
        } else if !self.outcome.items.is_empty() {
            self.print(&mut out)?;
        }
        Ok(())
    }

    fn print(&self, out: &mut impl Write) -> Result<(), Failure> {
        let mut shown = table(&["OUTCOME", "WHAT", "DETAIL"]);
        let mut done = 0;
        for item in &self.outcome.items {
            let is_done = matches!(item.result, ItemResult::Done { .. });
            done += usize::from(is_done);
            if !is_done || done <= DONE_SHOWN {
                shown.add_row(in_words(item, self.outcome.action, self.is_logged));
            }
        }
        writeln!(out)?;
        put(out, &shown)?;
        if done > DONE_SHOWN {
            let word = done_word(self.outcome.action);
            writeln!(out, "and {} more {word}", done - DONE_SHOWN)?;
        }
        let Tally {
            done,
            changed,
            failed,
            unknown,
            untried,
        } = self.outcome.tally();
        let kinds = [
            (done, done_word(self.outcome.action)),
            (changed, "changed meanwhile"),
            (failed, "failed"),
            (unknown, "unknown"),
            (untried, "not tried"),
            (self.left_out, "left out"),
        ];
        let said: Vec<String> = kinds
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, kind)| format!("{n} {kind}"))
            .collect();
        let batch = self.outcome.batch;
        writeln!(out, "{}; batch {batch}", said.join(", "))?;
        if self.tells_later && self.outcome.tally().done > 0 {
            writeln!(out, "whether they pass: dlqtop receipt {batch} --wait")?;
        }
        Ok(())
    }
}

fn in_words(item: &Item, action: &str, is_logged: bool) -> [String; 3] {
    let (outcome, detail) = match &item.result {
        ItemResult::Done { now } => (done_word(action), now.to_string()),
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
            if is_logged {
                "the connection was lost: `dlqtop log` says whether it was done".to_owned()
            } else {
                "the connection was lost: look at it to see whether it was done".to_owned()
            },
        ),
        ItemResult::Untried { why } => ("untried", why.to_string()),
    };
    [outcome.to_owned(), item.label.to_string(), detail]
}
