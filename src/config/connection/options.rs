//! From parameters to what the driver takes. The driver reads the environment by itself and lets
//! pass what it cannot read: here everything is checked, and set again.

use std::env;
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

use super::given::ParamValue;
use super::known::number;
use super::parameters::Parameters;
use super::passfile::{self, PassfileQuery};
use super::server::{self, Server};
use super::{pgoptions, service, tls};
use crate::config::paths::home;
use crate::config::problem::shown;
use crate::files::trust::{FileAccess, look};

/// A way to a database, looked up and checked.
pub struct ResolvedConnection {
    /// What the driver takes.
    pub options: PgConnectOptions,
    /// How long a connection may take to be made, if somebody said so.
    pub connect_limit: Option<Duration>,
    /// What was passed over.
    pub warnings: Vec<String>,
}

/// Completes what an address says, as libpq does: from its service, the environment, the usual
/// places.
pub(super) fn resolve(
    mut parameters: Parameters,
    insecure: bool,
) -> Result<ResolvedConnection, String> {
    service::complete(&mut parameters)?;
    parameters.complete(|name| env::var_os(name))?;
    parameters.judge()?;
    let Server { host, port } = server::named(&parameters)?;
    let user = user(&parameters)?;
    let database = parameters.get("dbname").unwrap_or(&user);
    let mut options = PgConnectOptions::new_without_pgpass()
        .port(port)
        .username(&user)
        .database(database)
        .application_name(parameters.get("application_name").unwrap_or("dlqtop"))
        .ssl_mode(tls::decide(&host, &parameters, insecure)?);
    options = if host.starts_with('/') {
        options.socket(&host)
    } else {
        options.host(&host)
    };
    options = with_settings(options, &parameters)?;
    options = with_certificates(options, &parameters)?;
    let (options, warning) = with_password(options, &parameters, &host);
    Ok(ResolvedConnection {
        connect_limit: connect_limit(&parameters)?,
        options,
        warnings: warning.into_iter().collect(),
    })
}

/// Checks what can be checked without looking anywhere.
pub(super) fn check(parameters: &Parameters) -> Result<(), String> {
    parameters.judge()?;
    server::named(parameters)?;
    tls::asked(parameters)?;
    connect_limit(parameters)?;
    Ok(())
}

/// The role to log in as: by default the name of this process's user, as in libpq.
fn user(parameters: &Parameters) -> Result<String, String> {
    if let Some(user) = parameters.get("user") {
        return Ok(user.to_owned());
    }
    system_user().ok_or_else(|| {
        "which user of the database are you? this process's user has no name: add user@ to the address, or set PGUSER"
            .to_owned()
    })
}

#[cfg(unix)]
fn system_user() -> Option<String> {
    let user = nix::unistd::User::from_uid(nix::unistd::geteuid()).ok()??;
    Some(user.name)
}

#[cfg(not(unix))]
fn system_user() -> Option<String> {
    env::var("USERNAME").ok()
}

fn connect_limit(parameters: &Parameters) -> Result<Option<Duration>, String> {
    let Some(ParamValue { value, origin }) = parameters.said("connect_timeout") else {
        return Ok(None);
    };
    match number(value) {
        // In libpq: for ever. Nobody waits for ever for a screen.
        Some(seconds) if seconds <= 0 => Ok(None),
        // As libpq: less than two seconds would fail on a name that takes one to look up.
        Some(seconds) => Ok(Some(
            Duration::from_secs(seconds.unsigned_abs().into()).max(Duration::from_secs(2)),
        )),
        None => Err(format!(
            "{origin}: connect_timeout={}: must be a number of seconds",
            shown(value)
        )),
    }
}

/// `options`. The driver has those of `PGOPTIONS` already, and nothing takes them away from it.
fn with_settings(
    options: PgConnectOptions,
    parameters: &Parameters,
) -> Result<PgConnectOptions, String> {
    let Some(ParamValue { value, origin }) = parameters.said("options") else {
        return Ok(options);
    };
    let settings = pgoptions::read(value).map_err(|what| format!("{origin}: {what}"))?;
    if origin == "PGOPTIONS" {
        return Ok(options);
    }
    let others = options.get_options().unwrap_or_default();
    pgoptions::check_outranks(&settings, others).map_err(|what| format!("{origin}: {what}"))?;
    Ok(options.options(settings))
}

fn with_certificates(
    mut options: PgConnectOptions,
    parameters: &Parameters,
) -> Result<PgConnectOptions, String> {
    let usual = |name: &str| {
        let path = home()?.join(".postgresql").join(name);
        path.exists().then_some(path)
    };
    match parameters.get("sslrootcert") {
        // The system's authorities are trusted in any case.
        Some("system") => options = options.ssl_root_cert_from_pem(Vec::new()),
        Some(_) => {
            if let Some(path) = file(parameters, "sslrootcert")? {
                options = options.ssl_root_cert(path);
            }
        }
        None => {
            if let Some(path) = usual("root.crt") {
                options = options.ssl_root_cert(path);
            } else if parameters.said("sslrootcert").is_some() {
                // Empty, which takes back what the driver has from PGSSLROOTCERT.
                options = options.ssl_root_cert_from_pem(Vec::new());
            }
        }
    }
    check_taken_back(parameters)?;
    let certificate = file(parameters, "sslcert")?.or_else(|| usual("postgresql.crt"));
    let key = file(parameters, "sslkey")?.or_else(|| usual("postgresql.key"));
    match (certificate, key) {
        (Some(certificate), Some(key)) => {
            if let FileAccess::Open(mode) = look(&key)
                && mode & 0o027 != 0
            {
                let path = key.display();
                return Err(format!(
                    "sslkey: others may read {path} (mode {mode:04o}); chmod 0600 {path}"
                ));
            }
            Ok(options.ssl_client_cert(certificate).ssl_client_key(key))
        }
        (None, None) => Ok(options),
        (Some(_), None) => Err("sslcert needs its sslkey".to_owned()),
        (None, Some(_)) => Err("sslkey needs its sslcert".to_owned()),
    }
}

/// That nothing is empty here which the driver has from a variable: it would keep the variable's.
fn check_taken_back(parameters: &Parameters) -> Result<(), String> {
    for (name, variable) in [("sslcert", "PGSSLCERT"), ("sslkey", "PGSSLKEY")] {
        if parameters.get(name).is_none() && env::var_os(variable).is_some() {
            return Err(format!(
                "{name} is empty, but the driver takes {variable} all the same: unset {variable}"
            ));
        }
    }
    Ok(())
}

/// A file that was named, and can be read.
fn file(parameters: &Parameters, name: &str) -> Result<Option<PathBuf>, String> {
    let Some(ParamValue { value, origin }) = parameters.value(name) else {
        return Ok(None);
    };
    match File::open(value) {
        Ok(_) => Ok(Some(value.into())),
        Err(error) => Err(format!("{origin}: {name}={}: {error}", shown(value))),
    }
}

/// The password that was given, else the one in the file of passwords; and what to warn of.
fn with_password(
    options: PgConnectOptions,
    parameters: &Parameters,
    host: &str,
) -> (PgConnectOptions, Option<String>) {
    if let Some(password) = parameters.get("password") {
        return (options.password(password), None);
    }
    let user = options.get_username();
    let whom = PassfileQuery {
        // The name that was meant, not where it is.
        host: parameters.get("host").unwrap_or(host),
        is_usual_folder: server::is_usual_folder(host),
        port: options.get_port(),
        database: options.get_database().unwrap_or(user),
        user,
    };
    let (password, warning) = passfile::look_up(parameters, &whom);
    // The driver may have one from PGPASSWORD, which an empty `password=` takes back.
    (options.password(&password.unwrap_or_default()), warning)
}
