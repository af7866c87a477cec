//! From parameters to what the driver takes. The driver reads the environment by itself and lets
//! pass what it cannot read: here everything is checked, and set again.

use std::env;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

use super::parameters::{ParamValue, Parameters};
use super::passfile::{self, PassfileQuery};
use super::{service, tls};
use crate::config::connection::pgoptions;
use crate::config::paths::home;
use crate::config::problem::shown;
use crate::files::plain;
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
    parameters.complete(|name| env::var(name).ok())?;
    let port = port(&parameters)?;
    let host = host(&parameters, port)?;
    let mut options = PgConnectOptions::new_without_pgpass()
        .port(port)
        .ssl_mode(tls::decide(&host, &parameters, insecure)?);
    options = if host.starts_with('/') {
        options.socket(&host)
    } else {
        options.host(&host)
    };
    if let Some(user) = parameters.get("user") {
        options = options.username(user);
    }
    if let Some(database) = parameters.get("dbname") {
        options = options.database(database);
    }
    if let Some(name) = parameters.get("application_name") {
        options = options.application_name(name);
    }
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
    port(parameters)?;
    tls::asked(parameters)?;
    connect_limit(parameters)?;
    if let Some(given) = parameters.value("hostaddr") {
        address(given)?;
    }
    Ok(())
}

fn port(parameters: &Parameters) -> Result<u16, String> {
    let Some(ParamValue { value, origin }) = parameters.value("port") else {
        return Ok(5432);
    };
    let port = value.parse().ok().filter(|port| *port > 0);
    port.ok_or_else(|| format!("{origin}: port={}: must be from 1 to 65535", shown(value)))
}

fn host(parameters: &Parameters, port: u16) -> Result<String, String> {
    if let Some(given) = parameters.value("hostaddr") {
        return address(given);
    }
    let Some(ParamValue { value, origin }) = parameters.value("host") else {
        return Ok(default_host(port));
    };
    if value.contains(',') {
        return Err(format!(
            "{origin}: host names several servers: dlqtop asks one; name it"
        ));
    }
    Ok(value.clone())
}

fn address(ParamValue { value, origin }: &ParamValue) -> Result<String, String> {
    let address = value.parse::<IpAddr>();
    let address = address
        .map_err(|_| format!("{origin}: hostaddr={}: must be an IP address", shown(value)))?;
    Ok(address.to_string())
}

/// The socket of a server on this machine, else the machine itself.
fn default_host(port: u16) -> String {
    let socket = format!(".s.PGSQL.{port}");
    ["/var/run/postgresql", "/private/tmp", "/tmp"]
        .into_iter()
        .find(|folder| Path::new(folder).join(&socket).exists())
        .unwrap_or("localhost")
        .to_owned()
}

fn connect_limit(parameters: &Parameters) -> Result<Option<Duration>, String> {
    let Some(ParamValue { value, origin }) = parameters.value("connect_timeout") else {
        return Ok(None);
    };
    match value.trim().parse::<i32>() {
        // In libpq: for ever. Nobody waits for ever for a screen.
        Ok(seconds) if seconds <= 0 => Ok(None),
        // As libpq: less than two seconds would fail on a name that takes one to look up.
        Ok(seconds) => Ok(Some(
            Duration::from_secs(seconds.unsigned_abs().into()).max(Duration::from_secs(2)),
        )),
        Err(_) => Err(format!(
            "{origin}: connect_timeout={}: must be a number of seconds",
            shown(value)
        )),
    }
}

/// `options`, unless the driver has them from the environment already.
fn with_settings(
    options: PgConnectOptions,
    parameters: &Parameters,
) -> Result<PgConnectOptions, String> {
    let Some(ParamValue { value, origin }) = parameters.value("options") else {
        return Ok(options);
    };
    let settings = pgoptions::read(value).map_err(|what| format!("{origin}: {what}"))?;
    if origin == "PGOPTIONS" {
        return Ok(options);
    }
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
            }
        }
    }
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

/// A file that was named, and can be read.
fn file(parameters: &Parameters, name: &str) -> Result<Option<PathBuf>, String> {
    let Some(ParamValue { value, origin }) = parameters.value(name) else {
        return Ok(None);
    };
    match plain::open(value) {
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
        port: options.get_port(),
        database: options.get_database().unwrap_or(user),
        user,
    };
    let (password, warning) = passfile::look_up(parameters, &whom);
    match password {
        Some(password) => (options.password(&password), warning),
        None => (options, warning),
    }
}
