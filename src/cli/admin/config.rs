//! `dlqtop config`: what is in force and why, a file to begin with, and in `apply` the way of what all share
//! into the database.

pub mod apply;
mod rules;

use crate::config::flags::GlobalFlags;
use std::io::{ErrorKind, Write as _, stdout};
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value as Json, json};
use sqlx::postgres::PgConnection;

use crate::cli::args::Output;
use crate::cli::output::json;
use crate::cli::output::table::{put, table};
use crate::cli::query::ask_native;
use crate::cli::target::profile;
use crate::config::global::Global;
use crate::config::origin::Origin;
use crate::config::settings::Setting;
use crate::config::shared_settings::{differences, line as difference, other_in_force};
use crate::config::value::Value;
use crate::config::{actor, connect_options, connection, paths, template_file};
use crate::data::error::DataError;
use crate::data::model::detector::DetectorState;
use crate::data::model::safe_text::SafeText;
use crate::data::native::detector_control;
use crate::data::native::settings::{InForce, in_force};
use crate::failure::Failure;
use crate::files::private;

/// The database's half of the answer.
enum Database {
    /// None was named.
    NotAsked,
    /// It could not be asked.
    Failed(String),
    /// It is somebody else's: why it has no settings of this program.
    NotNative(String),
    /// Its settings, and whether sweeps act there.
    Answered(Vec<InForce>, Box<DetectorState>),
}

impl Database {
    /// Its settings, if it has said them.
    fn rows(&self) -> &[InForce] {
        match self {
            Self::Answered(rows, _) => rows,
            _ => &[],
        }
    }
}

async fn in_force_with_detector(
    db: &mut PgConnection,
) -> Result<(Vec<InForce>, DetectorState), DataError> {
    Ok((in_force(db).await?, detector_control::state(db).await?))
}

/// Whether sweeps act there, and who has decided that.
fn detector_line(detector: &DetectorState) -> String {
    let Some(since) = detector.armed_at else {
        return "not armed: sweeps are dry until `dlqtop detect --arm`".to_owned();
    };
    let text = |text: &Option<SafeText>| text.as_ref().map_or("", SafeText::first_line).to_owned();
    format!(
        "armed by {}, {}: {}",
        text(&detector.armed_by),
        since.format("%F %T UTC"),
        text(&detector.armed_reason)
    )
}

/// One line of the answer.
struct Line {
    key: &'static str,
    value: Value,
    from: String,
    /// What the database has instead, for now.
    database: Option<Value>,
    /// Who put it there, and when.
    changed: Option<String>,
}

/// `dlqtop config show`.
///
/// # Errors
///
/// [`Failure`] if there is an address of a database that makes no sense. A database that does not
/// answer makes the exit code 3; the rest is printed all the same.
pub async fn show(global: &Global, output: Output) -> Result<ExitCode, Failure> {
    let origin = connection::origin(global);
    let address = match &origin {
        Some(_) => Some(connection::url(&connect_options(global)?)),
        None => None,
    };
    let database = match address {
        None => Database::NotAsked,
        Some(_) => match ask_native(global, in_force_with_detector).await {
            Ok((settings, detector)) => Database::Answered(settings, Box::new(detector)),
            Err(failure) if failure.is_usage() => {
                Database::NotNative(failure.line().unwrap_or_default())
            }
            Err(failure) => Database::Failed(failure.line().unwrap_or_default()),
        },
    };
    let shown: Vec<Line> = global
        .settings
        .all()
        .iter()
        .map(|chosen| line(chosen, &database))
        .collect();
    let who = actor(global)?;
    if output.json {
        print_json(global, address.as_deref(), &who, &shown, &database)?;
    } else {
        print_table(
            global,
            address.zip(origin.as_deref()),
            &who,
            &shown,
            &database,
        )?;
    }
    Ok(match database {
        Database::Failed(_) => ExitCode::from(3),
        _ => ExitCode::SUCCESS,
    })
}

/// A setting as it is in force: what was said here, else what the database has, else the default.
fn line(chosen: &Setting, database: &Database) -> Line {
    let mut line = Line {
        key: chosen.key.name,
        value: chosen.value,
        from: chosen.origin.to_string(),
        database: None,
        changed: None,
    };
    let Database::Answered(rows, _) = database else {
        return line;
    };
    let Some((there, row)) = other_in_force(chosen, rows) else {
        return line;
    };
    line.changed = row.changed();
    if chosen.origin == Origin::Default {
        line.value = there;
        "database".clone_into(&mut line.from);
    } else {
        line.database = Some(there);
    }
    line
}

impl Line {
    /// What there is to add.
    fn note(&self) -> String {
        let by = self
            .changed
            .as_ref()
            .map_or_else(String::new, |changed| format!(" by {changed}"));
        match self.database {
            Some(there) => {
                format!("not in force: the database has {there}{by}")
            }
            None if by.is_empty() => String::new(),
            None => format!("set{by}"),
        }
    }
}

fn print_table(
    global: &Global,
    address: Option<(String, &str)>,
    who: &str,
    shown: &[Line],
    database: &Database,
) -> Result<(), Failure> {
    let mut out = stdout().lock();
    writeln!(out, "file      {}", safe(&file_line(global)))?;
    let args = match database {
        Database::NotAsked => "none was named: not asked".to_owned(),
        Database::Failed(why) => format!("not asked: {why}"),
        Database::NotNative(why) => format!("has no settings of ours: {why}"),
        Database::Answered(..) => "asked".to_owned(),
    };
    match address {
        Some((url, from)) => writeln!(out, "database  {} ({from}); {args}", safe(&url))?,
        None => writeln!(out, "database  {args}")?,
    }
    if let Some(line) = profile::line(&global.settings) {
        writeln!(out, "profile   {line}")?;
    }
    if let Database::Answered(_, detector) = database {
        writeln!(out, "detector  {}", detector_line(detector))?;
    }
    writeln!(out, "actor     {}\n", safe(who))?;

    put(&mut out, &settings_table(global, shown, database))?;
    if let Database::Answered(rows, _) = database
        && let Some(line) = difference(&differences(&global.settings, rows))
    {
        writeln!(out, "\n{line}")?;
    }
    Ok(())
}

/// Every setting with its value and where it is from.
fn settings_table(global: &Global, shown: &[Line], database: &Database) -> comfy_table::Table {
    let mut rows = table(&["KEY", "VALUE", "FROM", "NOTE"]);
    for line in shown {
        let cells = [
            line.key.to_owned(),
            line.value.to_string(),
            safe(&line.from),
            line.note(),
        ];
        rows.add_row(cells);
    }
    for bound in &global.settings.keys {
        let from = format!("{}:{}", file_name(global), bound.line);
        rows.add_row([
            format!("keys.{}", bound.custom.name),
            bound.written(),
            safe(&from),
            String::new(),
        ]);
    }
    for given in &global.settings.sources {
        let from = format!("{}:{}", file_name(global), given.line);
        rows.add_row([
            safe(&format!("sources.{}.{}", given.source, given.name)),
            safe(&given.written()),
            safe(&from),
            String::new(),
        ]);
    }
    for (name, keys) in global.settings.redaction.lists() {
        let from = safe(&file_name(global));
        rows.add_row([name.to_owned(), safe(&keys.join(", ")), from, String::new()]);
    }
    for row in rules::rows(global, &file_name(global), database.rows()) {
        rows.add_row(row);
    }
    rows
}

/// The file's name, as origins have it.
fn file_name(global: &Global) -> String {
    let path = global.settings.file.as_deref();
    let name = path.and_then(Path::file_name).unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Which file, and whether it is there.
fn file_line(global: &Global) -> String {
    match (&global.settings.file, paths::usual_path()) {
        (Some(path), _) => path.display().to_string(),
        (None, Some(path)) => format!("none; it would be {}", path.display()),
        (None, None) => "none".to_owned(),
    }
}

fn print_json(
    global: &Global,
    address: Option<&str>,
    who: &str,
    shown: &[Line],
    database: &Database,
) -> Result<(), Failure> {
    let settings: Vec<Json> = shown
        .iter()
        .map(|line| {
            json!({
                "key": line.key,
                "value": line.value.to_json(),
                "from": line.from,
                "database_has": line.database.map(Value::to_json),
                "database_changed": line.changed,
            })
        })
        .collect();
    let why = match database {
        Database::NotAsked => Some("none was named"),
        Database::Failed(why) | Database::NotNative(why) => Some(why.as_str()),
        Database::Answered(..) => None,
    };
    let detector = match database {
        Database::Answered(_, detector) => Some(detector),
        _ => None,
    };
    let answer = json!({
        "file": global.settings.file.as_ref().map(|path| path.display().to_string()),
        "database": { "address": address, "asked": why.is_none(), "why_not": why },
        "profile": profile::json(&global.settings),
        "detector": detector,
        "actor": who,
        "settings": settings,
        "keys": global.settings.keys.iter().map(|bound| json!({
            "action": bound.custom.name,
            "keys": bound.custom.keys.iter().map(|key| key.written()).collect::<Vec<_>>(),
            "from": format!("{}:{}", file_name(global), bound.line),
        })).collect::<Vec<_>>(),
        "redaction": {
            "hide": global.settings.redaction.hide,
            "show": global.settings.redaction.show,
        },
        "fingerprint_rules": rules::as_json(global, &file_name(global), database.rows()),
        "sources": global.settings.sources.iter().map(|given| json!({
            "source": given.source,
            "setting": given.name,
            "value": given.value,
            "from": format!("{}:{}", file_name(global), given.line),
        })).collect::<Vec<_>>(),
    });
    json::write(&mut stdout().lock(), &answer)?;
    Ok(())
}

fn safe(text: &str) -> String {
    SafeText::new(text).to_string()
}

/// `dlqtop config init`: a file is never overwritten.
///
/// # Errors
///
/// [`Failure`] if there is a file already, or none can be written.
pub fn init(flags: &GlobalFlags, to_stdout: bool, output: Output) -> Result<ExitCode, Failure> {
    let mut out = stdout().lock();
    if to_stdout && output.json {
        json::write(
            &mut out,
            &json!({ "wrote": null, "text": template_file::text() }),
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    if to_stdout {
        write!(out, "{}", template_file::text())?;
        return Ok(ExitCode::SUCCESS);
    }
    let path = flags.config.clone().or_else(paths::usual_path);
    let path = path.ok_or_else(|| {
        Failure::usage("there is no home folder: say where with --config FILE, or use --stdout")
    })?;
    match write_new(&path) {
        Ok(()) if output.json => {
            json::write(&mut out, &json!({ "wrote": path.display().to_string() }))?;
            Ok(ExitCode::SUCCESS)
        }
        Ok(()) => {
            writeln!(out, "wrote {}", safe(&path.display().to_string()))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(Failure::usage(format!(
            "{} is there already and stays as it is: `dlqtop config init --stdout` prints a new one",
            path.display()
        ))),
        Err(error) => Err(Failure::unavailable(format!(
            "could not write {}: {error}",
            path.display()
        ))),
    }
}

fn write_new(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        private::make_missing(folder)?;
    }
    let mut opening = private::options();
    let mut file = opening.write(true).create_new(true).open(path)?;
    file.write_all(template_file::text().as_bytes())
}
