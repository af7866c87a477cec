//! An address: whether it can be used, and how it is shown without its secrets.

use sqlx::postgres::PgConnectOptions;

use super::options;
use super::parameters::Parameters;

/// Whether this is an address that can be used.
pub(in crate::config) fn is_address(text: &str) -> bool {
    Parameters::of_address(text, "").is_ok_and(|parameters| options::check(&parameters).is_ok())
}

/// Whether an address has its password with it.
pub(in crate::config) fn holds_password(text: &str) -> bool {
    Parameters::of_address(text, "").is_ok_and(|it| it.get("password").is_some())
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

/// Where we are, without secrets: `prod@db.example:5432`, or the socket's database.
#[must_use]
pub fn address(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(_) => "local socket".to_owned(),
        None if options.get_host().starts_with('/') => "local socket".to_owned(),
        None if options.get_host().contains(':') => {
            format!("[{}]:{}", options.get_host(), options.get_port())
        }
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
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
