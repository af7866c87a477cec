//! `dlqtop check`: for cron and Nagios. Exit code 1 when something that was named is so.

mod condition;

use std::io::{Write as _, stdout};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use sqlx::postgres::PgConnection;

pub use self::condition::Condition;
use crate::app::format::count;
use crate::cli::args::Output;
use crate::cli::output::json::print_json;
use crate::cli::query::ask_for;
use crate::config::global::Global;
use crate::data::reads::queries;
use crate::data::source::Source;
use crate::failure::Failure;

/// What must not be so.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// Required: NAME OP VALUE, as in `pending>50`, `oldest>=4h`, `detector_age>10m`; several may be given, and
    /// any of them fails. Numbers: `pending`, `unowned`, `stale`, `warning`, `suspect`, `arrived` and
    /// `resolved` (in the last hour), `template_warnings`, `due` (what sweeps would take), `armed` and `held` (1 or 0).
    /// Times: `oldest`, `unowned_oldest`, `backlog`,
    /// `detector_age`. OP: > >= < <= =.
    #[arg(long, required = true, value_name = "CONDITION")]
    pub fail_if: Vec<Condition>,
    /// How it is printed.
    #[command(flatten)]
    pub output: Output,
}

/// Why nothing tells what was closed. Where samples could, it is not the question that is at fault.
fn not_known(source: &Source) -> Failure {
    let why = source.why_no_trace();
    if source.has("samples") {
        Failure::unavailable(why)
    } else {
        Failure::usage(why)
    }
}

/// Asks once, and says of each condition whether it holds.
///
/// # Errors
///
/// [`Failure`] if the database cannot be asked: that is exit code 3, and never a "fine".
pub async fn run(global: &Global, args: CheckArgs) -> Result<ExitCode, Failure> {
    let read = async |db: &mut PgConnection, source: &Arc<Source>| {
        for condition in &args.fail_if {
            condition.name.demand(source)?;
        }
        queries::counts(db, source).await
    };
    let (counts, source) = ask_for(global, "counts", read).await?;
    for condition in &args.fail_if {
        if !condition.name.is_known(&counts) {
            return Err(not_known(&source));
        }
    }
    let mut failed = false;
    let mut lines = Vec::new();
    let mut all = Vec::new();
    for condition in &args.fail_if {
        // What cannot be told must not pass for fine.
        let undecided = condition.undecided(&counts);
        let fails = condition.holds(&counts) || undecided.is_some();
        failed |= fails;
        let now = condition.name.said(&counts);
        let word = if fails { "FAIL" } else { "ok" };
        let hidden = undecided.map_or_else(String::new, |n| {
            format!("; {} with an age that is impossible or not known", count(n))
        });
        lines.push(format!(
            "{word:<5} {condition}  ({} is {now}{hidden})",
            condition.name
        ));
        all.push(json!({
            "condition": condition.to_string(),
            "fails": fails,
            "value": condition.name.value(&counts),
            "suspect": undecided.unwrap_or(0),
        }));
    }
    if args.output.json {
        print_json(&json!({ "failed": failed, "conditions": all }))?;
    } else {
        let mut out = stdout().lock();
        for line in lines {
            writeln!(out, "{line}")?;
        }
    }
    Ok(ExitCode::from(u8::from(failed)))
}
