//! `dlqtop info`: this program, its files, the database, what it holds, and what the role may do there.

mod offered;

use std::io::{Write as _, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Value, json};

use self::offered::Offered;
use crate::cli::args::Output;
use crate::cli::output::json;
use crate::cli::target;
use crate::cli::target::profile;
use crate::config::global::Global;
use crate::config::{actor, connect_options, connection, paths};
use crate::data::ad_hoc;
use crate::data::doctor::probe;
use crate::data::doctor::probe::Probe;
use crate::data::error::DataError;
use crate::data::model::safe_text::SafeText;
use crate::data::native::migrate;
use crate::data::native::migrate::SchemaStatus;
use crate::data::reads::queries::Session;
use crate::data::source::{NATIVE, Source};
use crate::failure::Failure;
use crate::telemetry::log;

/// These are small questions.
const LIMIT: std::time::Duration = std::time::Duration::from_secs(10);

/// The database's half of the answer.
struct Database {
    /// Without secrets, and where it was named.
    address: Option<(String, String)>,
    /// `None` if none was named.
    there: Option<Result<Probe, String>>,
}

/// Prints what there is to know about this installation.
///
/// # Errors
///
/// [`Failure`] if there is an address of a database that makes no sense. A database that does not
/// answer makes the exit code 3; the rest is printed all the same.
pub async fn run(global: &Global, output: Output) -> Result<ExitCode, Failure> {
    let who = actor(global)?;
    let database = match connection::origin(global) {
        None => Database {
            address: None,
            there: None,
        },
        Some(origin) => {
            let options = connect_options(global)?;
            let wanted = target::wanted(global);
            let there = ad_hoc::once(&options, "ask the database", LIMIT, async |db| {
                probe::look(db, &wanted).await
            })
            .await;
            Database {
                address: Some((connection::url(&options), origin)),
                there: Some(there.map_err(|error| error.one_line())),
            }
        }
    };
    if output.json {
        print_json(global, &who, &database)?;
    } else {
        print_lines(global, &who, &database)?;
    }
    Ok(match database.there {
        Some(Err(_)) => ExitCode::from(3),
        _ => ExitCode::SUCCESS,
    })
}

/// What was built in that need not be.
fn features() -> Vec<&'static str> {
    let mut features = Vec::new();
    if cfg!(feature = "embedded") {
        features.push("embedded");
    }
    features
}

/// The file that was read, or where it would be; and whether it is there.
fn config_file(global: &Global) -> (Option<PathBuf>, bool) {
    match &global.settings.file {
        Some(path) => (Some(path.clone()), true),
        None => (paths::usual_path(), false),
    }
}

fn schema(standing: &SchemaStatus) -> String {
    let newest = migrate::MIGRATOR.iter().map(|known| known.version).max();
    match standing.usable() {
        Ok(()) => format!("up to date: {}", newest.unwrap_or_default()),
        Err(error) => error.one_line(),
    }
}

fn server(session: &Session) -> String {
    let kind = match (session.in_recovery, session.read_only_by_default) {
        (true, _) => "standby",
        (false, true) => "read only by default",
        (false, false) => "primary",
    };
    format!("PostgreSQL {}, {kind}", session.server_version)
}

fn print_lines(global: &Global, who: &str, database: &Database) -> Result<(), Failure> {
    let path = |path: Option<PathBuf>| {
        path.map_or_else(
            || "none: there is no home".to_owned(),
            |path| path.display().to_string(),
        )
    };
    let (file, there) = config_file(global);
    let missing = if there { "" } else { " (not there)" };
    let file = path(file) + missing;
    let features = match features().join(", ") {
        none if none.is_empty() => "none".to_owned(),
        some => some,
    };
    let mut lines = vec![
        ("version", format!("dlqtop {}", env!("CARGO_PKG_VERSION"))),
        ("features", features),
        ("config", file),
        ("log", path(log::folder())),
        ("state", path(log::folder())),
        ("actor", who.to_owned()),
    ];
    lines.extend(profile::line(&global.settings).map(|line| ("profile", line)));
    lines.push((
        "database",
        match &database.address {
            None => "none was named".to_owned(),
            Some((url, origin)) => format!("{url} ({origin})"),
        },
    ));
    match &database.there {
        None => {}
        Some(Err(why)) => lines.push(("", format!("not asked: {why}"))),
        Some(Ok(there)) => lines.extend(of_database(there)),
    }
    let mut out = stdout().lock();
    for (name, value) in lines {
        writeln!(out, "{name:<9} {}", SafeText::new(&value))?;
    }
    Ok(())
}

/// What the database says, line by line. What concerns the native schema alone is not said of another.
fn of_database(there: &Probe) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        ("server", server(&there.session)),
        ("source", source(&there.source)),
    ];
    if let Ok(source) = &there.source {
        let mut also = others(source).peekable();
        if also.peek().is_some() {
            let also: Vec<String> = also
                .map(|(name, title)| format!("{title} (--source {name})"))
                .collect();
            lines.push(("also", also.join(", ")));
        }
        for refused in &source.refused {
            let why = refused.refusal.one_line();
            lines.push(("not read", format!("{}: {why}", refused.name)));
        }
        for near in &source.near {
            lines.push(("nearly", format!("{}: {}", near.name, near.why())));
        }
        let offered = Offered::of(source);
        lines.push(("shows", offered.shown()));
        lines.push(("does", offered.done()));
    }
    if let Some(scope) = &there.session.scope {
        let hidden = if scope.may_hide {
            "; others may be hidden by row-level security"
        } else {
            ""
        };
        lines.push(("sees", format!("{}{hidden}", scope.seeing)));
    }
    if let Some(native) = &there.native {
        lines.push(("schema", schema(&native.standing)));
    }
    lines.push(("role", role(there)));
    lines.push(("notes", notes_kept(there)));
    lines
}

/// Which one it is, or why there is none.
fn source(found: &Result<std::sync::Arc<Source>, DataError>) -> String {
    match found {
        Ok(source) => {
            let manifest = &source.manifest;
            format!("{} ({}): {}", source.name, manifest.title, manifest.summary)
        }
        // The line of the schema says the rest.
        Err(
            DataError::SchemaBehind { .. }
            | DataError::SchemaAhead { .. }
            | DataError::SchemaOfPreRelease,
        ) => {
            format!("{NATIVE} ({})", Source::native().manifest.title)
        }
        Err(error) => format!("none: {}", error.one_line()),
    }
}

/// What else the database holds.
fn others(source: &Source) -> impl Iterator<Item = &(String, String)> {
    let is_another = |(name, _): &&(String, String)| *name != source.name;
    source.siblings.iter().filter(is_another)
}

fn role(there: &Probe) -> String {
    let role = &there.companion.role;
    match (&there.native, &there.not_asked) {
        (Some(native), _) => native.abilities.sentence(),
        (None, Some(why)) => format!("{role}: {why}"),
        (None, None) if there.source.is_err() => role.to_string(),
        (None, None) if there.session.may_act => format!("{role} may look and act"),
        (None, None) => {
            format!("{role} may not act; `dlqtop doctor` says which grants it lacks")
        }
    }
}

/// What keeps notes, claims, snoozes and the log.
fn notes_kept(there: &Probe) -> String {
    match &there.native {
        Some(native) if !native.standing.empty => "part of the schema".to_owned(),
        _ => there.companion.sentence(),
    }
}

fn print_json(global: &Global, who: &str, database: &Database) -> Result<(), Failure> {
    let path = |path: Option<PathBuf>| path.map(|path| path.display().to_string());
    let (file, is_there) = config_file(global);
    let why = match &database.there {
        None => Some("none was named"),
        Some(Err(why)) => Some(why.as_str()),
        Some(Ok(_)) => None,
    };
    let there = database
        .there
        .as_ref()
        .and_then(|there| there.as_ref().ok());
    let mut args = json!({
        "address": database.address.as_ref().map(|(url, _)| url),
        "from": database.address.as_ref().map(|(_, origin)| origin),
        "asked": why.is_none(),
        "why_not": why,
    });
    for (key, value) in facts(there) {
        args[key] = value;
    }
    let name = there.and_then(|there| there.source.as_ref().ok());
    let answer = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "features": features(),
        "source": name.map(|source| SafeText::new(&source.name)),
        "paths": {
            "config": path(file),
            "config_is_there": is_there,
            "log": path(log::folder()),
            "state": path(log::folder()),
        },
        "actor": who,
        "profile": profile::json(&global.settings),
        "database": args,
    });
    json::write(&mut stdout().lock(), &answer)?;
    Ok(())
}

/// What the database says, by key; null where it says nothing.
fn facts(there: Option<&Probe>) -> [(&'static str, Value); 8] {
    let native = there.and_then(|there| there.native.as_ref());
    [
        (
            "server_version",
            json!(there.map(|there| &there.session.server_version)),
        ),
        (
            "standby",
            json!(there.map(|there| there.session.in_recovery)),
        ),
        ("source", json!(there.map(|there| of_source(&there.source)))),
        (
            "scope",
            json!(there.and_then(|there| there.session.scope.as_ref())),
        ),
        (
            "schema",
            json!(native.map(|native| schema(&native.standing))),
        ),
        (
            "schema_is_usable",
            json!(native.map(|native| native.standing.usable().is_ok())),
        ),
        ("may", json!(there.map(may))),
        ("beside", json!(there.map(notes_kept))),
    ]
}

fn of_source(found: &Result<std::sync::Arc<Source>, DataError>) -> Value {
    let source = match found {
        Ok(source) => source,
        Err(error) => return json!({ "name": null, "why_not": error.one_line() }),
    };
    let safe = |text: &str| SafeText::new(text);
    let also: Vec<Value> = others(source)
        .map(|(name, title)| json!({ "name": safe(name), "title": safe(title) }))
        .collect();
    let refused: Vec<Value> = (source.refused.iter())
        .map(|it| {
            let line = it.refusal.line.as_deref().map(safe);
            json!({ "name": safe(&it.name), "why": safe(&it.refusal.why), "trusted_owners": line })
        })
        .collect();
    let near: Vec<Value> = (source.near.iter())
        .map(|it| {
            let lacks: Vec<SafeText> = it.lacks.iter().map(|lack| safe(lack)).collect();
            json!({ "name": safe(&it.name), "lacks": lacks })
        })
        .collect();
    json!({
        "name": safe(&source.name),
        "title": safe(&source.manifest.title),
        "summary": safe(&source.manifest.summary),
        "also": also,
        "refused": refused,
        "near": near,
        "offers": Offered::of(source),
    })
}

/// What the role may do; of another system no more is known than whether it may act.
fn may(there: &Probe) -> Value {
    match (&there.native, &there.not_asked) {
        (Some(native), _) => json!(native.abilities),
        (None, why) => json!({
            "role": there.companion.role,
            "act": there.session.may_act,
            "why_not": why,
        }),
    }
}
