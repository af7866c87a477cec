//! Which server is meant: its host or the folder of its socket, and its port.

use std::net::IpAddr;
#[cfg(unix)]
use std::path::Path;

use super::given::ParamValue;
use super::known::number;
use super::parameters::Parameters;
use crate::config::problem::shown;

/// One server.
pub(super) struct Server {
    /// A name, an address, or the folder of a socket, which begins with a `/`.
    pub(super) host: String,
    pub(super) port: u16,
}

/// Which one the parameters name.
///
/// # Errors
///
/// If it is none, or several.
pub(super) fn named(parameters: &Parameters) -> Result<Server, String> {
    // libpq asks one after the other. Two connections could end on two servers, one of them a standby.
    for name in ["hostaddr", "host"] {
        if let Some(ParamValue { value, origin }) = parameters.value(name)
            && value.contains(',')
        {
            return Err(format!(
                "{origin}: {name} names several servers: dlqtop asks one; name it"
            ));
        }
    }
    let port = port(parameters)?;
    let host = match (parameters.value("hostaddr"), parameters.value("host")) {
        (Some(given), _) => address(given)?,
        (None, Some(ParamValue { value, origin })) if value.starts_with('@') => {
            return Err(format!(
                "{origin}: host begins with @, an abstract socket, which the driver cannot open: \
                 name the folder of a socket, or a host"
            ));
        }
        (None, Some(ParamValue { value, .. })) => value.clone(),
        (None, None) => default_host().to_owned(),
    };
    Ok(Server { host, port })
}

/// What is given is not repeated: in a URL it may be what follows the `:` of a password.
fn port(parameters: &Parameters) -> Result<u16, String> {
    let Some(ParamValue { value, origin }) = parameters.value("port") else {
        return Ok(5432);
    };
    if value.contains(',') {
        return Err(format!("{origin}: there are several ports, but one host"));
    }
    let port = number(value).and_then(|port| u16::try_from(port).ok());
    port.filter(|port| *port > 0)
        .ok_or_else(|| format!("{origin}: the port must be from 1 to 65535"))
}

fn address(ParamValue { value, origin }: &ParamValue) -> Result<String, String> {
    let address = value.parse::<IpAddr>();
    let address = address
        .map_err(|_| format!("{origin}: hostaddr={}: must be an IP address", shown(value)))?;
    Ok(address.to_string())
}

/// The folder in which the libpq of this system looks for a socket: that of the packages, if they have made it, else
/// that of PostgreSQL itself, which everybody can write to. Where no socket is there, that must be said: what listens
/// at this port of `localhost` may be another server, at the other end of a tunnel.
#[cfg(unix)]
fn default_host() -> &'static str {
    let folders = ["/var/run/postgresql", "/run/postgresql"];
    let made = folders
        .into_iter()
        .find(|folder| Path::new(folder).is_dir());
    made.unwrap_or("/tmp")
}

#[cfg(not(unix))]
fn default_host() -> &'static str {
    "localhost"
}

/// Whether libpq would look for a socket there without being told.
pub(super) fn is_usual_folder(host: &str) -> bool {
    host.starts_with('/') && host == default_host()
}
