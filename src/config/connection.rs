//! How to reach the database, and who acts. Secrets never leave here.

pub(in crate::config) mod address;
mod given;
mod keywords;
mod known;
mod options;
mod parameters;
mod passfile;
mod pgoptions;
pub mod secret;
mod server;
mod service;
mod tls;
mod uri;

use std::io::Write as _;

use sqlx::postgres::PgConnectOptions;

pub use address::{address, url};
pub use options::ResolvedConnection;
pub use tls::{is_on_this_machine, warning};

use super::global::Global;
use crate::data::connection;
use crate::data::model::safe_text::SafeText;
use crate::failure::Failure;
use parameters::Parameters;

/// How to reach the database: `--database-url` or `DATABASE_URL`, completed as libpq does by the
/// service file, the `PG*` variables and `~/.pgpass`. What was passed over is said on standard error.
///
/// # Errors
///
/// A usage failure that says what is wrong with the address and never repeats it: it may hold a
/// password.
pub fn connect_options(global: &Global) -> Result<PgConnectOptions, Failure> {
    let way = resolve(global)?;
    connection::limit_connecting(way.connect_limit);
    for warning in &way.warnings {
        tracing::warn!("{warning}");
        let _ = writeln!(std::io::stderr(), "dlqtop: {warning}");
    }
    Ok(way.options)
}

/// The same without a word to anybody.
///
/// # Errors
///
/// As [`connect_options`].
pub fn resolve(global: &Global) -> Result<ResolvedConnection, Failure> {
    let parameters = match &global.flags.database_url {
        Some(url) if !url.is_empty() => Parameters::of_address(url.reveal(), "the database URL"),
        _ if names_a_server() => Ok(Parameters::default()),
        _ => {
            return Err(Failure::usage(
                "which database? pass --database-url postgres://user@host/database or --profile NAME, or \
                 set DATABASE_URL or the PG* variables; `dlqtop demo` needs none",
            ));
        }
    };
    parameters
        .and_then(|parameters| options::resolve(parameters, global.flags.insecure_tls))
        .map_err(Failure::usage)
}

/// How to reach the server that the screen is read from, if it is another one: `--read-url` or
/// `DLQTOP_READ_URL`, else `[polling] read_url`.
///
/// # Errors
///
/// As [`connect_options`].
pub fn read_options(global: &Global) -> Result<Option<PgConnectOptions>, Failure> {
    let url = match &global.flags.read_url {
        Some(url) if !url.is_empty() => url.reveal(),
        _ => match global.settings.program.polling.read_url.text() {
            Some(url) => url,
            None => return Ok(None),
        },
    };
    let way = Parameters::of_address(url, "the read URL")
        .and_then(|parameters| options::resolve(parameters, global.flags.insecure_tls));
    // What was passed over has been said of the database.
    way.map(|way| Some(way.options)).map_err(Failure::usage)
}

/// Where the address of the database was given, if it was: `flag --database-url`.
#[must_use]
pub fn origin(global: &Global) -> Option<String> {
    let in_force = global.settings.profile.as_ref();
    if let Some(by) = in_force.filter(|by| by.gives_the_address) {
        return Some(format!("profile {}", by.profile.name));
    }
    let origin = match &global.flags.database_url {
        Some(url) if std::env::var("DATABASE_URL").is_ok_and(|given| given == url.reveal()) => {
            "environment DATABASE_URL"
        }
        Some(_) => "flag --database-url",
        None if names_a_server() => "environment PG*",
        None => return None,
    };
    Some(origin.to_owned())
}

/// Whether the environment names a server in libpq's way.
fn names_a_server() -> bool {
    const NAMES: [&str; 6] = [
        "PGHOST",
        "PGHOSTADDR",
        "PGDATABASE",
        "PGUSER",
        "PGPORT",
        "PGSERVICE",
    ];
    NAMES
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Whether the password was given on the command line, where other users of the machine can read
/// it.
#[must_use]
pub fn password_in_arguments() -> bool {
    std::env::args().any(|argument| {
        let url = argument
            .strip_prefix("--database-url=")
            .or_else(|| argument.strip_prefix("--read-url="))
            .unwrap_or(&argument);
        // A word of a reason, say, may have an = and a space in it: it is no address then.
        let is_address = uri::without_scheme(url).is_some() || url.contains("password");
        is_address && address::may_hold_password(url)
    })
}

/// What to call where we are: the profile's name, if the database is the profile's; else the
/// database and its server, because there can be many on one socket.
#[must_use]
pub fn display_name(global: &Global, options: &PgConnectOptions) -> String {
    let in_force = global.settings.profile.as_ref();
    if let Some(it) = in_force.filter(|it| it.is_of_the_database()) {
        return it.profile.name.clone();
    }
    let database = options.get_database().unwrap_or(options.get_username());
    SafeText::new(&format!("{database}@{}", address(options))).to_string()
}

/// Who acts: what was configured, else `user@host`.
///
/// # Errors
///
/// A usage failure if the configured name is blank: the log would not say who it was.
pub fn actor(global: &Global) -> Result<String, Failure> {
    match &global.flags.actor {
        Some(name) if name.trim().is_empty() => Err(Failure::usage(
            "the actor is blank: say who you are with --as WHO or DLQTOP_ACTOR",
        )),
        Some(name) => Ok(name.trim().to_owned()),
        None => {
            let user = ["USER", "LOGNAME", "USERNAME"]
                .iter()
                .find_map(|name| std::env::var(name).ok().filter(|user| !user.is_empty()))
                .or_else(login_name)
                .ok_or_else(|| {
                    Failure::usage("who are you? say it with --as WHO or DLQTOP_ACTOR")
                })?;
            let host = gethostname::gethostname();
            let host = host.to_string_lossy();
            let host = host.split('.').next().unwrap_or_default();
            Ok(format!("{user}@{host}"))
        }
    }
}

/// The name of the user this process runs as; containers often set no `USER`.
#[cfg(unix)]
fn login_name() -> Option<String> {
    let user = nix::unistd::User::from_uid(nix::unistd::getuid()).ok()??;
    Some(user.name)
}

#[cfg(not(unix))]
const fn login_name() -> Option<String> {
    None
}
