//! The plan as a table, and the question.

use std::io::{IsTerminal as _, Write, stderr, stdin, stdout};

use serde_json::{Value, json};

use crate::app::format::{count_usize, error_line, plural};
use crate::app::writes::confirm::typed_confirmation::TypedConfirmation;
use crate::app::writes::verb_plan::{Excluded, Plan};
use crate::cli::output::json::print_json;
use crate::cli::output::table::{put, table};
use crate::data::messages::command::Change;
use crate::data::source::Source;
use crate::failure::Failure;

/// Targets that are named before a question; a dry run names them all.
const NAMED: usize = 20;

/// Whether somebody can be asked.
pub(in crate::cli) fn can_ask() -> bool {
    stdin().is_terminal() && stderr().is_terminal()
}

/// What a dry run says.
pub(super) fn show_dry_run(plan: &Plan, source: &Source, as_json: bool) -> Result<(), Failure> {
    if as_json {
        print_json(&in_json(plan, source))?;
        return Ok(());
    }
    let mut out = stdout().lock();
    print(&mut out, plan, source, usize::MAX)?;
    writeln!(out, "a dry run: nothing was changed")?;
    Ok(())
}

/// What will be done, on standard output.
pub(super) fn show(plan: &Plan, source: &Source) -> Result<(), Failure> {
    print(&mut stdout().lock(), plan, source, NAMED)
}

/// The same for whoever is asked while standard output is for JSON.
pub(super) fn show_for_question(plan: &Plan, source: &Source) -> Result<(), Failure> {
    print(&mut stderr().lock(), plan, source, NAMED)
}

fn in_json(plan: &Plan, source: &Source) -> Value {
    json!({
        "dry_run": true,
        "action": plan.change.name(),
        "would": plan.title(),
        "way": source.route_note(&plan.change),
        "remarks": plan.remarks,
        "targets": targets(plan),
        "left_out": left_out(plan),
    })
}

fn targets(plan: &Plan) -> Vec<Value> {
    let labels = plan.change.labels();
    let seen = seen(&plan.change);
    plan.change
        .ids()
        .iter()
        .enumerate()
        .map(|(at, id)| {
            json!({ "id": id, "task_uuid": plan.tasks[at], "label": labels[at], "seen": seen[at] })
        })
        .collect()
}

/// What was left out, for a receipt.
pub(super) fn left_out(plan: &Plan) -> Vec<Value> {
    let one = |out: &Excluded| json!({ "label": out.label, "why": out.why });
    plan.excluded.iter().map(one).collect()
}

/// What each subject is guarded by.
fn seen(change: &Change) -> Vec<String> {
    match change {
        Change::Entries(_, targets) => targets
            .iter()
            .map(|target| format!("version {}", target.seen_version))
            .collect(),
        _ => change.seen().into_iter().map(ToString::to_string).collect(),
    }
}

fn print(out: &mut impl Write, plan: &Plan, source: &Source, named: usize) -> Result<(), Failure> {
    let count = plan.change.count();
    if count > 0 {
        let mut shown = table(&["WHAT", "SEEN", "ERROR", "ID"]);
        let (labels, seen, ids) = (plan.change.labels(), seen(&plan.change), plan.change.ids());
        for at in 0..count.min(named) {
            let error = match &plan.change {
                Change::Steps(_, targets) => targets[at].seen_error.as_ref(),
                _ => None,
            };
            shown.add_row([
                labels[at].to_string(),
                seen[at].clone(),
                error.map_or_else(String::new, error_line),
                ids[at].to_string(),
            ]);
        }
        put(out, &shown)?;
        if count > named {
            let more = count_usize(count - named);
            writeln!(out, "and {more} more: --dry-run lists them all")?;
        }
    }
    for excluded in plan.excluded.iter().take(named) {
        writeln!(out, "left out: {}: {}", excluded.label, excluded.why)?;
    }
    if plan.excluded.len() > named {
        let more = count_usize(plan.excluded.len() - named);
        writeln!(out, "left out: {more} more")?;
    }
    match (count, plan.excluded.len()) {
        (0, 0) => writeln!(out, "nothing matches")?,
        (0, _) => writeln!(out, "nothing to do")?,
        (_, 0) => writeln!(out, "{}. {}{}", plan.title(), plan.meaning(), way(plan))?,
        (_, out_of_it) => writeln!(
            out,
            "{}, {} left out. {}{}",
            plan.title(),
            count_usize(out_of_it),
            plan.meaning(),
            way(plan)
        )?,
    }
    for remark in plan.remarks.iter().filter(|_| count > 0) {
        writeln!(out, "note: {remark}")?;
    }
    if let Some(way) = source.route_note(&plan.change).filter(|_| count > 0) {
        writeln!(out, "{way}")?;
    }
    Ok(())
}

/// Which way it goes, where that is worth a word.
fn way(plan: &Plan) -> String {
    let way = plan.source.route_note(&plan.change);
    way.map_or_else(String::new, |way| format!(" It goes {way}."))
}

/// Asks on the terminal: for what the gate wants typed, or for a yes.
pub(super) fn agreed(plan: &Plan, place: &str, gate: &TypedConfirmation) -> Result<bool, Failure> {
    if gate.asks() {
        let typed = answer_to(&format!("As {place}. {}: ", gate.prompt()))?;
        return Ok(gate.passes(&typed));
    }
    let them = plural(plan.change.count(), "change");
    yes_to(&format!("{them} as {place}. Proceed? [y/N] "))
}

/// Asks on the terminal for a yes; whatever else is a no.
pub(in crate::cli) fn yes_to(question: &str) -> Result<bool, Failure> {
    let answer = answer_to(question)?;
    Ok(answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes"))
}

/// Asks on the terminal for the whole word.
pub(in crate::cli) fn typed_yes(question: &str) -> Result<bool, Failure> {
    Ok(answer_to(question)? == "yes")
}

/// Asks on the terminal; the answer is one line.
pub(in crate::cli) fn answer_to(question: &str) -> Result<String, Failure> {
    let mut out = stderr().lock();
    write!(out, "{question}")?;
    out.flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}
