//! `dlqtop handover`: what one shift tells the next, to paste into a chat or a ticket.

mod markdown;

use std::io::{Write as _, stdout};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::cli::args::Output;
use crate::cli::output::json::print_json;
use crate::cli::query::ask;
use crate::config::global::Global;
use crate::data::handover;
use crate::failure::Failure;

/// Which time is handed over.
#[derive(Debug, Clone, Copy, Args)]
pub struct HandoverArgs {
    /// How far back: 8h, 90m, 3d.
    #[arg(long, default_value = "8h", value_name = "TIME", value_parser = crate::cli::args::span)]
    pub since: Duration,
    /// JSON instead of Markdown.
    #[command(flatten)]
    pub output: Output,
}

/// Prints the report.
///
/// # Errors
///
/// [`Failure`].
pub async fn run(global: &Global, args: HandoverArgs) -> Result<ExitCode, Failure> {
    let (report, source) = ask(global, async |db, source| {
        let report = handover::read(db, source, args.since).await?;
        Ok((report, std::sync::Arc::clone(source)))
    })
    .await?;
    if args.output.json {
        return print_json(&report);
    }
    let options = crate::config::connect_options(global)?;
    let place = crate::config::address(&options);
    write!(
        stdout().lock(),
        "{}",
        markdown::report(&report, &source, &place)
    )?;
    Ok(ExitCode::SUCCESS)
}
