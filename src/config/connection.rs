//! How to reach the database, and who acts. Secrets never leave here.

use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;
use url::Url;

use super::profile::InForce;
use crate::cli::Global;
use crate::cli::failure::Failure;
use crate::data::safe_text::SafeText;

/// How to reach the database: `--database-url` or `DATABASE_URL`, else the `PG*` variables; a
/// missing password is looked up in `~/.pgpass`.
///
/// # Errors
///
/// A usage failure that says what is wrong with the address and never repeats it: it may hold a
/// password.
pub fn connect_options(global: &Global) -> Result<PgConnectOptions, Failure> {
    match global.database_url.as_deref() {
        Some(url) if !url.is_empty() => from_url("database", url),
        _ if names_a_server() => Ok(PgConnectOptions::new()),
        _ => Err(Failure::usage(
            "which database? pass --database-url postgres://user@host/database or --profile NAME, or \
             set DATABASE_URL or the PG* variables; `dlqtop demo` needs none",
        )),
    }
}

/// How to reach the server that the screen is read from, if it is another one: `--read-url` or
/// `DLQTOP_READ_URL`, else `[polling] read_url`.
///
/// # Errors
///
/// As [`connect_options`].
pub fn read_options(global: &Global) -> Result<Option<PgConnectOptions>, Failure> {
    let url = global.read_url.as_deref().filter(|url| !url.is_empty());
    match url {
        Some(url) => from_url("read", url).map(Some),
        None => Ok(global.settings.polling.read_url.options()),
    }
}

/// Where the address of the database was given, if it was: `flag --database-url`.
#[must_use]
pub fn origin(global: &Global) -> Option<String> {
    let in_force = global.settings.profile.as_ref();
    if let Some(by) = in_force.filter(|by| by.gives_the_address) {
        return Some(format!("profile {}", by.profile.name));
    }
    let origin = match &global.database_url {
        Some(url) if std::env::var("DATABASE_URL").is_ok_and(|given| given == *url) => {
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
    ["PGHOST", "PGHOSTADDR", "PGDATABASE", "PGUSER", "PGPORT"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Whether this is an address that can be used.
pub(super) fn is_address(url: &str) -> bool {
    from_url("", url).is_ok()
}

pub(super) fn from_url(which: &str, url: &str) -> Result<PgConnectOptions, Failure> {
    let parsed = Url::parse(url).map_err(|error| {
        Failure::usage(format!(
            "the {which} URL cannot be read ({error}): it looks like postgres://user@host:5432/database"
        ))
    })?;
    if !matches!(parsed.scheme(), "postgres" | "postgresql") {
        return Err(Failure::usage(format!(
            "the {which} URL begins with {}://: dlqtop speaks postgres:// only",
            parsed.scheme()
        )));
    }
    PgConnectOptions::from_str(url).map_err(|error| {
        Failure::usage(format!(
            "the {which} URL cannot be used: {}",
            without(&error.to_string(), parsed.password())
        ))
    })
}

/// The text with the secret, if there is one, struck out.
fn without(text: &str, secret: Option<&str>) -> String {
    match secret {
        Some(secret) if !secret.is_empty() => text.replace(secret, "…"),
        _ => text.to_owned(),
    }
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
        Url::parse(url).is_ok_and(|url| {
            let in_query = || url.query_pairs().any(|(name, _)| name == "password");
            url.scheme().starts_with("postgres")
                && (url.password().is_some_and(|p| !p.is_empty()) || in_query())
        })
    })
}

/// Where we are, without secrets: `prod@db.example:5432`, or the socket's database.
#[must_use]
pub fn address(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(_) => "local socket".to_owned(),
        None if options.get_host().starts_with('/') => "local socket".to_owned(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}

/// What to call where we are: the profile's name, if the database is the profile's; else the
/// database and its server, because there can be many on one socket.
#[must_use]
pub fn called(global: &Global, options: &PgConnectOptions) -> String {
    let in_force = global.settings.profile.as_ref();
    let theirs = |it: &&InForce| it.gives_the_address || it.profile.database_url.is_none();
    if let Some(it) = in_force.filter(theirs) {
        return it.profile.name.clone();
    }
    let database = options.get_database().unwrap_or(options.get_username());
    SafeText::new(&format!("{database}@{}", address(options))).to_string()
}

/// The database as a URL, without its password.
#[must_use]
pub fn url(options: &PgConnectOptions) -> String {
    let user = options.get_username();
    let database = options.get_database().unwrap_or(user);
    let socket = options
        .get_socket()
        .map(|socket| socket.display().to_string())
        .or_else(|| {
            let host = options.get_host();
            host.starts_with('/').then(|| host.to_owned())
        });
    match socket {
        Some(socket) => format!("postgres://{user}@localhost/{database}?host={socket}"),
        None => format!("postgres://{user}@{}/{database}", address(options)),
    }
}

/// Who acts: what was configured, else `user@host`.
///
/// # Errors
///
/// A usage failure if the configured name is blank: the log would not say who it was.
pub fn actor(global: &Global) -> Result<String, Failure> {
    match &global.actor {
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
