//! `dlqtop source`: which systems are known, and whether a folder describes one well.

use std::io::{Write as _, stdout};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Subcommand;
use serde::Serialize;

use super::doctor;
use crate::app::format::plural;
use crate::cli::args::Output;
use crate::cli::dashboard::theme::is_utf8_locale;
use crate::cli::output::{json, table};
use crate::cli::target;
use crate::config::global::Global;
use crate::config::{connect_options, connection};
use crate::data::ad_hoc;
use crate::data::doctor::Level;
use crate::data::model::safe_text::SafeText;
use crate::data::source::check::{self, CheckResult, Depth};
use crate::data::source::recognise::{Wanted, recognise};
use crate::data::source::{SourceCatalog, SourceKind};
use crate::failure::Failure;

/// The catalogue is small.
const LIMIT: Duration = Duration::from_secs(10);

/// What can be asked about sources.
#[derive(Debug, Subcommand)]
pub enum SourceCommand {
    /// All that are known, and which of them the database holds.
    List(Output),
    /// Whether a source keeps its contract, statement by statement; nothing is ever written.
    Check {
        /// A folder, or a source by its name.
        #[arg(value_name = "DIR|NAME")]
        what: String,
        /// How it is printed.
        #[command(flatten)]
        output: Output,
    },
}

/// Carries it out.
///
/// # Errors
///
/// [`Failure`] if there is no such source, or the database cannot be asked.
pub async fn run(global: &Global, command: SourceCommand) -> Result<ExitCode, Failure> {
    match command {
        SourceCommand::List(output) => list(global, output).await,
        SourceCommand::Check { what, output } => check(global, &what, output).await,
    }
}

/// A kind of system, as it is listed.
#[derive(Debug, Serialize)]
struct Line {
    name: String,
    title: SafeText,
    summary: SafeText,
    /// Where its folder is; none if it was built in.
    folder: Option<SafeText>,
    /// How many files it has.
    files: usize,
    /// Whether the database holds it; not known if none was asked.
    here: Option<bool>,
}

/// A folder that cannot be used.
#[derive(Debug, Serialize)]
struct Broken {
    folder: SafeText,
    why: SafeText,
}

async fn list(global: &Global, output: Output) -> Result<ExitCode, Failure> {
    let wanted = target::wanted(global);
    let catalog = &wanted.catalog;
    let here = match connection::origin(global) {
        None => None,
        Some(_) => Some(held(global, &wanted).await),
    };
    let lines: Vec<Line> = (catalog.kinds.iter())
        .map(|kind| Line {
            name: SafeText::new(&kind.name).to_string(),
            title: kind.manifest.title.as_str().into(),
            summary: kind.manifest.summary.as_str().into(),
            folder: (kind.folder.as_ref()).map(|path| path.display().to_string().into()),
            files: kind.files.len(),
            here: (here.as_ref())
                .and_then(|here| here.as_ref().ok())
                .map(|held| held.names.contains(&kind.name)),
        })
        .collect();
    let broken: Vec<Broken> = (catalog.broken.iter())
        .map(|(folder, why)| Broken {
            folder: folder.as_str().into(),
            why: why.as_str().into(),
        })
        .collect();
    let (held, why_not) = match here {
        None => (Held::default(), None),
        Some(Ok(held)) => (held, None),
        Some(Err(why)) => (Held::default(), Some(why)),
    };
    let mut out = stdout().lock();
    if output.json {
        let whole = serde_json::json!({
            "sources": lines,
            "broken": broken,
            "refused": held.refused,
            "near": held.near,
            "not_asked": why_not,
        });
        json::write(&mut out, &whole)?;
    } else {
        put_list(&mut out, &lines, &broken)?;
        for NotRead { name, why } in &held.refused {
            writeln!(out, "{name} is not read here: {why}")?;
        }
        for Nearly { name, lacks } in &held.near {
            writeln!(out, "nearly {name}: {}", lacks.join("; "))?;
        }
        if let Some(why) = &why_not {
            writeln!(out, "the database was not asked: {why}")?;
        }
    }
    Ok(ExitCode::from(match (why_not, broken.is_empty()) {
        (Some(_), _) => 3,
        (None, false) => 1,
        (None, true) => 0,
    }))
}

fn put_list(
    out: &mut impl std::io::Write,
    lines: &[Line],
    broken: &[Broken],
) -> Result<(), Failure> {
    let mut table = table::table(&["NAME", "TITLE", ">FILES", "HERE", "FROM", "SUMMARY"]);
    for line in lines {
        let here = match line.here {
            None => "?",
            Some(true) => "yes",
            Some(false) => "no",
        };
        let from = line
            .folder
            .as_ref()
            .map_or_else(|| "built in".to_owned(), SafeText::to_string);
        table.add_row([
            line.name.clone(),
            line.title.to_string(),
            line.files.to_string(),
            here.to_owned(),
            from,
            line.summary.to_string(),
        ]);
    }
    table::put(out, &table)?;
    for Broken { folder, why } in broken {
        writeln!(out, "{folder} cannot be used: {why}")?;
    }
    Ok(())
}

/// Which of them the database holds.
#[derive(Default)]
struct Held {
    names: Vec<String>,
    refused: Vec<NotRead>,
    near: Vec<Nearly>,
}

/// What is nearly a system.
#[derive(Debug, Serialize)]
struct Nearly {
    name: SafeText,
    lacks: Vec<String>,
}

/// What looks like a system and is not read.
#[derive(Debug, Serialize)]
struct NotRead {
    name: SafeText,
    why: SafeText,
}

/// Those that the database holds, or why that is not known.
async fn held(global: &Global, wanted: &Wanted) -> Result<Held, String> {
    let options = connect_options(global).map_err(|failure| failure.line().unwrap_or_default())?;
    let doing = "look what the database holds";
    ad_hoc::once(&options, doing, LIMIT, async |db| {
        let found = recognise(db, &wanted.catalog, &wanted.given).await?;
        Ok(Held {
            names: found.kinds.iter().map(|kind| kind.name.clone()).collect(),
            refused: (found.refused.iter())
                .map(|it| NotRead {
                    name: it.name.as_str().into(),
                    why: it.refusal.one_line().into(),
                })
                .collect(),
            near: (found.near.iter())
                .map(|it| Nearly {
                    name: it.name.as_str().into(),
                    lacks: (it.lacks.iter())
                        .map(|lack| SafeText::new(lack).to_string())
                        .collect(),
                })
                .collect(),
        })
    })
    .await
    .map_err(|error| error.one_line())
}

/// What a check has found, as it is printed.
#[derive(Debug, Serialize)]
struct Answer {
    source: String,
    verdict: String,
    /// Whether its statements were tried.
    args: bool,
    findings: Vec<CheckResult>,
}

async fn check(global: &Global, what: &str, output: Output) -> Result<ExitCode, Failure> {
    let wanted = target::wanted(global);
    let kind = kind(&wanted.catalog, what)?;
    let mut findings = check::folder(&kind);
    let args = connection::origin(global).is_some();
    if args {
        let options = connect_options(global)?;
        let of_database = check::database(&options, &kind, &wanted.given, Depth::default());
        findings.extend(of_database.await?);
    }
    findings.sort_by(|a, b| (!is_manifest(a), &a.file).cmp(&(!is_manifest(b), &b.file)));
    let worst = findings.iter().map(|told| told.finding.level).max();
    let answer = Answer {
        source: SafeText::new(&kind.name).to_string(),
        verdict: verdict(&findings, args),
        args,
        findings,
    };
    let mut out = stdout().lock();
    if output.json {
        json::write(&mut out, &answer)?;
    } else {
        put_findings(&mut out, &answer)?;
    }
    Ok(ExitCode::from(match worst {
        Some(Level::Wrong) => 1,
        _ if !args => 3,
        _ => 0,
    }))
}

fn is_manifest(told: &CheckResult) -> bool {
    told.file == "source.toml"
}

/// The source in this folder, or of this name.
fn kind(catalog: &SourceCatalog, what: &str) -> Result<SourceKind, Failure> {
    let path = Path::new(what);
    if what.contains(std::path::MAIN_SEPARATOR) || path.is_dir() {
        // `.` has no name of its own.
        let folder = path
            .canonicalize()
            .map_err(|error| Failure::usage(format!("{what}: {error}")))?;
        return SourceKind::read(&folder)
            .map_err(|why| Failure::refused(format!("{what} cannot be used: {why}")));
    }
    if let Some(kind) = catalog.kinds.iter().find(|kind| kind.name == what) {
        return Ok(kind.clone());
    }
    let broken = catalog
        .broken
        .iter()
        .find(|(folder, _)| Path::new(folder).ends_with(what));
    if let Some((folder, why)) = broken {
        return Err(Failure::refused(format!("{folder} cannot be used: {why}")));
    }
    let known: Vec<&str> = catalog
        .kinds
        .iter()
        .map(|kind| kind.name.as_str())
        .collect();
    Err(Failure::usage(format!(
        "{what:?} is neither a folder nor a source: there are {}",
        known.join(", ")
    )))
}

fn put_findings(out: &mut impl std::io::Write, answer: &Answer) -> Result<(), Failure> {
    let mut table = table::table(&["", "FILE", "FOUND"]);
    for CheckResult { file, finding } in &answer.findings {
        let first = finding.first.as_ref();
        let first = first.map_or_else(String::new, |first| format!(": {first}"));
        table.add_row([
            doctor::mark(finding.level, is_utf8_locale()).to_string(),
            SafeText::new(file).to_string(),
            format!("{}{first}", finding.what),
        ]);
    }
    table::put(out, &table)?;
    writeln!(out, "\n{}", answer.verdict)?;
    Ok(())
}

/// The whole in one line.
fn verdict(findings: &[CheckResult], args: bool) -> String {
    let of = |level: Level| {
        findings
            .iter()
            .filter(|told| told.finding.level == level)
            .count()
    };
    let mut parts = vec![match of(Level::Wrong) {
        0 => "nothing is wrong".to_owned(),
        wrong => format!("{wrong} wrong"),
    }];
    if of(Level::Warning) > 0 {
        parts.push(plural(of(Level::Warning), "warning"));
    }
    if of(Level::NotLookedAt) > 0 {
        parts.push(format!(
            "{} not there in this database",
            of(Level::NotLookedAt)
        ));
    }
    if !args {
        parts.push(
            "its statements were not tried: name a database that holds such a system with --database-url".to_owned(),
        );
    }
    parts.join("; ")
}
