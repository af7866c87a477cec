//! `dlqtop handover`: what one shift tells the next, to paste into a chat or a ticket.

mod markdown;

use std::io::{Write as _, stdout};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use self::markdown::Place;
use crate::cli::args::Output;
use crate::cli::output::json::print_json;
use crate::cli::query::ask;
use crate::config::global::Global;
use crate::config::{address, display_name};
use crate::data::handover;
use crate::data::handover::Handover;
use crate::data::model::safe_text::SafeText;
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

/// The report as JSON, and where it is from.
#[derive(Serialize)]
struct Printed<'a> {
    profile: &'a str,
    database: &'a str,
    server: &'a str,
    source: &'a str,
    #[serde(flatten)]
    report: &'a Handover,
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
    let options = crate::config::connect_options(global)?;
    let database = options.get_database().unwrap_or(options.get_username());
    let database = SafeText::new(database).to_string();
    let (name, server) = (display_name(global, &options), address(&options));
    if args.output.json {
        return print_json(&Printed {
            profile: &name,
            database: &database,
            server: &server,
            source: &source.name,
            report: &report,
        });
    }
    let place = Place {
        name: &name,
        database: &database,
        server: &server,
    };
    let text = markdown::report(&report, &source, place);
    write!(stdout().lock(), "{text}")?;
    Ok(ExitCode::SUCCESS)
}
