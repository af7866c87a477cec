//! An address: whether it can be used, and how it is shown without its secrets.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::given::Pair;
use super::parameters::Parameters;
use super::{options, server, tls, uri};
use crate::config::paths::home;

/// What ends no part of a URL, for libpq and for those who read URLs as browsers do.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
/// The same behind the `?`, where a path can be read as it is.
const PLAIN_PATH: &AsciiSet = &PLAIN.remove(b'/');

/// Whether this is an address that can be used.
pub(in crate::config) fn is_address(text: &str) -> bool {
    Parameters::of_address(text, "").is_ok_and(|parameters| options::check(&parameters).is_ok())
}

/// Whether an address has its password with it.
pub(in crate::config) fn holds_password(text: &str) -> bool {
    Parameters::of_address(text, "").is_ok_and(|it| it.get("password").is_some())
}

/// Whether a word of the command line is an address with a password in it, or may be one that was misspelt.
pub(super) fn may_hold_password(word: &str) -> bool {
    match Parameters::of_address(word, "") {
        Ok(read) => read.get("password").is_some(),
        Err(_) => uri::without_scheme(word).is_some_and(|rest| rest.contains('@')),
    }
}

/// What is wrong with an address, if anything is; `which` names it.
pub(in crate::config) fn fault(text: &str, which: &str) -> Option<String> {
    let parameters = Parameters::of_address(text, which);
    parameters.and_then(|it| options::check(&it)).err()
}

/// An address as it is shown, if it is one.
pub(in crate::config) fn shown_address(text: &str) -> Option<String> {
    let way = options::resolve(Parameters::of_address(text, "").ok()?, true);
    Some(url(&way.ok()?.options))
}

/// Which server it is, without secrets and in a few letters: `db.example:5432`, `socket:5432`, `…/main:5433` for a
/// folder in which libpq would not look by itself. Several servers can have their sockets in one folder.
#[must_use]
pub fn address(options: &PgConnectOptions) -> String {
    let port = options.get_port();
    let Some(folder) = socket(options) else {
        return match options.get_host() {
            host if host.contains(':') => format!("[{host}]:{port}"),
            host => format!("{host}:{port}"),
        };
    };
    let is_usual = folder.to_str().is_some_and(server::is_usual_folder);
    match folder.file_name().filter(|_| !is_usual) {
        Some(name) => format!("…/{}:{port}", name.display()),
        None => format!("socket:{port}"),
    }
}

/// The database as a URL that reaches it again, without its password and `options`.
#[must_use]
pub fn url(options: &PgConnectOptions) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, PLAIN).to_string();
    let user = options.get_username();
    let (name, database) = (
        encoded(user),
        encoded(options.get_database().unwrap_or(user)),
    );
    let (host, port) = (options.get_host(), options.get_port());
    let socket = socket(options).map(|folder| folder.display().to_string());
    let server = match &socket {
        // Whoever reads URLs as browsers do wants a host.
        Some(_) => format!("localhost:{port}"),
        None if host.contains(':') => format!("[{}]:{port}", encoded(host).replace("%3A", ":")),
        None => format!("{}:{port}", encoded(host)),
    };
    let mut pairs = Vec::new();
    match &socket {
        Some(folder) => pairs.push(Pair::new("host", folder.clone())),
        None => pairs.extend(tls_pairs(options)),
    }
    let mut url = format!("postgres://{name}@{server}/{database}");
    for (at, Pair { name, value }) in pairs.iter().enumerate() {
        let sign = if at == 0 { '?' } else { '&' };
        let value = utf8_percent_encode(value, PLAIN_PATH);
        let _ = write!(url, "{sign}{name}={value}");
    }
    url
}

/// How sure one is of who answers, if that is not as it would be without a word, and by which files.
fn tls_pairs(options: &PgConnectOptions) -> Vec<Pair> {
    let usual = if tls::is_on_this_machine(options) {
        PgSslMode::Prefer
    } else {
        PgSslMode::VerifyFull
    };
    let (mode, usual) = (tls::name(options.get_ssl_mode()), tls::name(usual));
    let mut pairs = Vec::new();
    if mode != usual {
        pairs.push(Pair::new("sslmode", mode.to_owned()));
    }
    // The driver tells its files in no other way. It cannot write a URL of every name: here it has others.
    let plain = options.clone().username("u").password("").host("h");
    let its_url = plain.database("d").to_url_lossy();
    let found_anyway = home().map(|home| home.join(".postgresql"));
    for (name, value) in its_url.query_pairs() {
        if ["sslrootcert", "sslcert", "sslkey"].contains(&&*name)
            && let Some(path) = value.strip_prefix("file: ")
            && !(found_anyway.as_ref()).is_some_and(|folder| Path::new(path).starts_with(folder))
        {
            pairs.push(Pair::new(&name, path.to_owned()));
        }
    }
    pairs
}

/// The folder of the socket, if the server is reached by one.
fn socket(options: &PgConnectOptions) -> Option<PathBuf> {
    let host = options.get_host();
    let by_name = || host.starts_with('/').then(|| PathBuf::from(host));
    options.get_socket().cloned().or_else(by_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_so_that_it_leads_there_again() {
        let plain = || {
            let options = PgConnectOptions::new_without_pgpass().port(5433);
            options
                .username("a b")
                .database("my#db/x")
                .password("canary")
        };
        let sure = plain().host("db.example").ssl_mode(PgSslMode::VerifyFull);
        let here = plain().host("::1").ssl_mode(PgSslMode::Require);
        for (options, shown, called) in [
            (
                sure.clone(),
                "postgres://a%20b@db.example:5433/my%23db%2Fx",
                "db.example:5433",
            ),
            (
                sure.ssl_root_cert("/x/our ca.pem"),
                "postgres://a%20b@db.example:5433/my%23db%2Fx?sslrootcert=/x/our%20ca.pem",
                "db.example:5433",
            ),
            (
                here,
                "postgres://a%20b@[::1]:5433/my%23db%2Fx?sslmode=require",
                "[::1]:5433",
            ),
            (
                plain().socket("/srv/pg/main"),
                "postgres://a%20b@localhost:5433/my%23db%2Fx?host=/srv/pg/main",
                "…/main:5433",
            ),
        ] {
            assert_eq!(url(&options), shown);
            assert_eq!(address(&options), called);
        }
    }
}
