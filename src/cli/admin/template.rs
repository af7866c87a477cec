//! `dlqtop template`: list, show and apply templates.

mod files;
mod report;

use std::io::{Write as _, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::app::format::{count, duration_of_minutes};
use crate::cli::args::Output;
use crate::cli::output::json::print_json;
use crate::cli::output::table::print_table;
use crate::cli::output::table::table;
use crate::cli::query::ask_native;
use crate::config::global::Global;
use crate::config::write_lock::check_change;
use crate::config::{actor, connect_options};
use crate::data::connection::Connection;
use crate::data::model::Total;
use crate::data::model::safe_text::SafeText;
use crate::data::native::templates;
use crate::data::native::templates::{
    Applied, Origin, Stored, TemplatePlan, TemplateRow, Threshold,
};
use crate::failure::Failure;
use crate::template::Template;

/// What to do with templates.
#[derive(Debug, Subcommand)]
pub enum TemplateCommand {
    /// Every template version: its thresholds in force, and what its tasks are doing.
    List(Output),
    /// One template as YAML that can be applied again.
    Show {
        /// NAMESPACE/NAME, or NAMESPACE/NAME@VERSION; the version that new tasks get unless given.
        #[arg(value_name = "TEMPLATE")]
        name: String,
        /// How it is printed.
        #[command(flatten)]
        output: Output,
    },
    /// Check template files, show what they would change, and write them.
    Apply(Apply),
}

/// What to apply, and how.
#[derive(Debug, Args)]
pub struct Apply {
    /// YAML files, one template each; `-` reads standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Show what would change and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Why, for the operators' log; "applied FILE" unless given.
    #[arg(long, value_name = "WHY")]
    reason: Option<String>,
    /// How it is printed.
    #[command(flatten)]
    output: Output,
}

/// Carries out what was asked.
///
/// # Errors
///
/// [`Failure`].
pub async fn run(global: &Global, command: TemplateCommand) -> Result<ExitCode, Failure> {
    match command {
        TemplateCommand::List(output) => list(global, output).await,
        TemplateCommand::Show { name, output } => show(global, &name, output).await,
        TemplateCommand::Apply(apply) => self::apply(global, apply).await,
    }
}

async fn list(global: &Global, output: Output) -> Result<ExitCode, Failure> {
    let rows = ask_native(global, async |db| templates::list(db).await).await?;
    if output.json {
        return print_json(&rows);
    }
    let mut shown = table(&[
        "TEMPLATE",
        ">DEPENDENCIES",
        ">RETRY",
        ">STEPS",
        ">LIFETIME",
        "WHEN STALE",
        ">RUNNING",
        ">STALE",
        "UNUSABLE KEYS",
    ]);
    for row in &rows {
        shown.add_row(cells(row));
    }
    let total = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    print_table(&shown, rows.len(), Total::exact(total), "template version")?;
    if rows.iter().any(from_settings) {
        writeln!(stdout().lock(), "* from the settings")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn thresholds(row: &TemplateRow) -> [Threshold; 4] {
    let t = &row.thresholds;
    [
        t.max_waiting_for_dependencies_minutes,
        t.max_waiting_for_retry_minutes,
        t.max_steps_in_process_minutes,
        t.max_duration_minutes,
    ]
}

fn from_settings(row: &TemplateRow) -> bool {
    thresholds(row).iter().any(|t| t.from == Origin::Settings)
}

fn cells(row: &TemplateRow) -> [String; 9] {
    let [dependencies, retry, steps, lifetime] = thresholds(row).map(|t| {
        let star = if t.from == Origin::Settings { "*" } else { "" };
        format!("{}{star}", duration_of_minutes(t.minutes))
    });
    let warnings: Vec<&str> = row.warnings.iter().map(SafeText::first_line).collect();
    [
        format!(
            "{}/{}@{}",
            row.namespace_name, row.task_name, row.task_version
        ),
        dependencies,
        retry,
        steps,
        lifetime,
        when_stale(row).to_owned(),
        count(row.running),
        count(row.stale),
        warnings.join(", "),
    ]
}

/// What the sweep does with a stale task.
fn when_stale(row: &TemplateRow) -> &'static str {
    match (
        row.staleness_action == "alert",
        row.auto_dlq_on_timeout,
        row.auto_fail_on_timeout,
    ) {
        (true, _, _) => "alert only",
        (false, true, true) => "dlq + error",
        (false, true, false) => "dlq",
        (false, false, true) => "error",
        (false, false, false) => "nothing",
    }
}

async fn show(global: &Global, name: &str, output: Output) -> Result<ExitCode, Failure> {
    let (namespace, rest) = name.split_once('/').ok_or_else(|| {
        Failure::usage(format!(
            "{name:?} is no template's name: write NAMESPACE/NAME or NAMESPACE/NAME@VERSION; \
             `dlqtop template list` has them"
        ))
    })?;
    let (template, version) = match rest.rsplit_once('@') {
        Some((template, version)) => (template, Some(version)),
        None => (rest, None),
    };
    let stored = ask_native(global, async |db| {
        templates::find(db, namespace, template, version).await
    })
    .await?
    .ok_or_else(|| {
        Failure::usage(format!(
            "there is no template {name:?}: `dlqtop template list` has them all"
        ))
    })?;
    print_stored(name, &stored, output)
}

fn print_stored(name: &str, stored: &Stored, output: Output) -> Result<ExitCode, Failure> {
    let unreadable = |why: SafeText| {
        Failure::unavailable(format!(
            "the configuration of {name} cannot be read: {why}; apply a file to replace it"
        ))
    };
    if output.json {
        return print_json(&stored.json().map_err(unreadable)?);
    }
    let yaml = stored.yaml().map_err(unreadable)?;
    let mut out = stdout().lock();
    // What others have written into the database need not be fit to be applied.
    if let Err(faults) = crate::template::read(&yaml) {
        let moved = faults.len() + 1;
        writeln!(out, "# Before this can be applied it must be fixed:")?;
        for mut fault in faults {
            fault.line += moved;
            writeln!(out, "# {fault}")?;
        }
    }
    write!(out, "{yaml}")?;
    Ok(ExitCode::SUCCESS)
}

async fn apply(global: &Global, args: Apply) -> Result<ExitCode, Failure> {
    if !args.dry_run {
        check_change(global, "template apply", "add --dry-run to look only")?;
    }
    let actor = actor(global)?;
    let read = files::read(&args.files)?;
    if !read.faults.is_empty() {
        return Err(report::faults(&read, args.output.json));
    }
    let given: Vec<(String, Template)> = read.templates;
    let plans = ask_native(global, async |db| {
        let mut plans = Vec::with_capacity(given.len());
        for (file, template) in given {
            plans.push((file, templates::plan(db, template).await?));
        }
        Ok(plans)
    })
    .await?;
    let mut reports = Vec::with_capacity(plans.len());
    let mut link = Connection::new(&connect_options(global)?);
    for (file, plan) in plans {
        if !args.output.json {
            report::plan(&file, &plan)?;
        }
        let applied = if args.dry_run {
            None
        } else {
            Some(write(&mut link, &file, &plan, &actor, args.reason.as_deref()).await?)
        };
        if !args.output.json {
            report::applied(&plan, applied.as_ref())?;
        }
        let was_changed = matches!(applied, Some(Applied::Changed { .. }));
        reports.push(report::Report::new(file, plan, applied));
        if was_changed {
            break;
        }
    }
    link.close().await;
    if args.output.json {
        print_json(&reports)?;
    }
    Ok(report::exit_code(&reports))
}

/// Writes one version.
async fn write(
    link: &mut Connection,
    file: &str,
    plan: &TemplatePlan,
    actor: &str,
    reason: Option<&str>,
) -> Result<Applied, Failure> {
    let reason = reason.map_or_else(|| format!("applied {file}"), str::to_owned);
    templates::apply(link, plan, actor, &reason)
        .await
        .map_err(|error| {
            let said = error.one_line();
            if error.is_connection() {
                Failure::unavailable(format!(
                    "{said}; whether {file} was applied is not known: apply it again, which is safe"
                ))
            } else {
                error.into()
            }
        })
}
