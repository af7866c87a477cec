//! `dlqtop info`: this program, its files, the database, and what the role may do there.

use std::io::{Write as _, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;
use sqlx::postgres::PgConnection;

use super::failure::Failure;
use super::{Global, Output, json, profile};
use crate::config::{actor, connect_options, connection, file};
use crate::data::asking;
use crate::data::beside::setup;
use crate::data::error::DataError;
use crate::data::installation::{Abilities, abilities};
use crate::data::migrate::{self, Standing};
use crate::data::queries::{self, Session};
use crate::data::safe_text::SafeText;
use crate::data::source::Source;
use crate::telemetry::log;

/// The system whose statements this program knows.
const SOURCE: &str = "tasker";
/// These are small questions.
const LIMIT: std::time::Duration = std::time::Duration::from_secs(10);

/// What the database says about itself.
struct There {
    session: Session,
    standing: Standing,
    abilities: Abilities,
    beside: setup::Standing,
}

impl There {
    /// What keeps notes, claims, snoozes and the log.
    fn beside(&self) -> String {
        if self.standing.empty {
            self.beside.sentence()
        } else {
            "part of the schema".to_owned()
        }
    }
}

/// The database's half of the answer.
struct Database {
    /// Without secrets, and where it was named.
    address: Option<(String, String)>,
    /// `None` if none was named.
    there: Option<Result<There, String>>,
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
            let there = asking::once(&options, "ask the database", LIMIT, ask).await;
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

async fn ask(db: &mut PgConnection) -> Result<There, DataError> {
    Ok(There {
        session: queries::session(db, &Source::native()).await?,
        abilities: abilities(db).await?,
        beside: setup::standing(db).await?,
        // Last: a role without any right may not read it, and then has none of ours.
        standing: migrate::standing(db).await?,
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
        None => (file::usual_path(), false),
    }
}

fn schema(standing: &Standing) -> String {
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
        ("source", SOURCE.to_owned()),
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
        Some(Ok(there)) => lines.extend([
            ("server", server(&there.session)),
            ("schema", schema(&there.standing)),
            ("role", there.abilities.sentence()),
            ("notes", there.beside()),
        ]),
    }
    let mut out = stdout().lock();
    for (name, value) in lines {
        writeln!(out, "{name:<9} {}", SafeText::new(&value))?;
    }
    Ok(())
}

fn print_json(global: &Global, who: &str, database: &Database) -> Result<(), Failure> {
    let path = |path: Option<PathBuf>| path.map(|path| path.display().to_string());
    let (file, there) = config_file(global);
    let answered = database
        .there
        .as_ref()
        .and_then(|there| there.as_ref().ok());
    let why = match &database.there {
        None => Some("none was named"),
        Some(Err(why)) => Some(why.as_str()),
        Some(Ok(_)) => None,
    };
    let answer = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "features": features(),
        "source": SOURCE,
        "paths": {
            "config": path(file),
            "config_is_there": there,
            "log": path(log::folder()),
            "state": path(log::folder()),
        },
        "actor": who,
        "profile": profile::json(&global.settings),
        "database": {
            "address": database.address.as_ref().map(|(url, _)| url),
            "from": database.address.as_ref().map(|(_, origin)| origin),
            "asked": why.is_none(),
            "why_not": why,
            "server_version": answered.map(|there| &there.session.server_version),
            "standby": answered.map(|there| there.session.in_recovery),
            "schema": answered.map(|there| schema(&there.standing)),
            "schema_is_usable": answered.map(|there| there.standing.usable().is_ok()),
            "may": answered.map(|there| &there.abilities),
            "beside": answered.map(There::beside),
        },
    });
    json::write(&mut stdout().lock(), &answer)?;
    Ok(())
}
