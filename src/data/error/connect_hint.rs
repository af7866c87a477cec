//! What is said on the way to the server, before it is asked anything: by the network, by TLS, by a
//! PgBouncer.

use std::io::ErrorKind;

/// What to do about it, where that is known.
pub(super) fn hint(source: &sqlx::Error) -> Option<&'static str> {
    match source {
        sqlx::Error::Tls(error) => of_tls(&error.to_string()),
        sqlx::Error::Io(error) => of_network(error.kind())
            .or_else(|| of_tls(&error.to_string()))
            .or_else(|| of_name(&error.to_string())),
        sqlx::Error::Database(refused) => of_pooler(refused.message()),
        sqlx::Error::Configuration(_) => Some(
            "set one of letters, digits and signs (\\password in psql), or log in by a certificate or the socket",
        ),
        sqlx::Error::Protocol(said) => of_method(said),
        _ => None,
    }
}

/// What the driver could not do to log in: prepare a name or a password as SCRAM wants it. libpq sends as it is what
/// the rule does not allow, and the server takes it.
pub(super) fn of_login(said: &str) -> &'static str {
    if said.contains("username") {
        "the server asks by SCRAM, and the name of the user has a character that SCRAM's rule for texts \
         (SASLprep, RFC 4013) does not allow; psql can log in with it, the driver of dlqtop cannot"
    } else if said.contains("saslprep") {
        "the server asks by SCRAM, and the password has a character that SCRAM's rule for texts \
         (SASLprep, RFC 4013) does not allow, such as an emoji or a tab; psql can log in with it, the driver of \
         dlqtop cannot"
    } else {
        "the driver cannot log in that way"
    }
}

fn of_method(said: &str) -> Option<&'static str> {
    let is_login = said.contains("authentication method") || said.contains("SASL authentication");
    is_login.then_some(
        "the server asks for a login that dlqtop does not have (GSSAPI, SSPI, OAuth): \
         let this user in by a password or a certificate in its pg_hba.conf",
    )
}

fn of_network(kind: ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            Some("there is no way to that host from here: check the host, the network, the VPN")
        }
        ErrorKind::TimedOut => Some("is the host right, and does a firewall let you through?"),
        ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof => {
            Some("the other side hung up: is it a PostgreSQL, and not overloaded?")
        }
        _ => None,
    }
}

fn of_name(said: &str) -> Option<&'static str> {
    said.contains("failed to lookup address")
        .then_some("no such host is known: check its name")
}

fn of_tls(said: &str) -> Option<&'static str> {
    [
        (
            "does not support TLS",
            "nothing was sent to it; turn TLS on there, or see --insecure-tls",
        ),
        (
            "UnknownIssuer",
            "its authority is not known here: name it with sslrootcert=FILE",
        ),
        (
            "CaUsedAsEndEntity",
            "it shows the certificate of an authority as its own: make it one signed by that authority",
        ),
        (
            "not valid for name",
            "its certificate is for another name: connect by the name that stands in it",
        ),
        (
            "NotValidForName",
            "its certificate is for another name: connect by the name that stands in it",
        ),
        (
            "BadSignature",
            "its authority is not known here: name it with sslrootcert=FILE",
        ),
        ("certificate expired", "its certificate must be renewed"),
        ("Expired", "its certificate must be renewed"),
    ]
    .into_iter()
    .find_map(|(part, hint)| said.contains(part).then_some(hint))
}

/// The words of a PgBouncer, which has one SQLSTATE for nearly everything, and of a server that has none for it.
fn of_pooler(said: &str) -> Option<&'static str> {
    [
        (
            "unsupported startup parameter",
            "a PgBouncer in between refuses it: leave out PGOPTIONS and options=, or name it in its ignore_startup_parameters",
        ),
        (
            "no such database",
            "a PgBouncer in between does not know this database: check the name, or its [databases]",
        ),
        (
            "bouncer config error",
            "a PgBouncer in between does not know this database or user: check the names, or its log",
        ),
        (
            "no such user",
            "a PgBouncer in between does not know this user: check the name, or its auth_file",
        ),
        (
            "SASL authentication failed",
            "check the user and the password (PGPASSWORD or ~/.pgpass)",
        ),
        (
            "malformed SCRAM message",
            "the driver cannot send the name of a user with a comma in it: take another, or log in by a certificate or the socket",
        ),
        (
            "query_wait_timeout",
            "a PgBouncer in between has no server connection to give: its pool is too small, or somebody holds it",
        ),
        (
            "no more connections allowed",
            "a PgBouncer in between is full: see its max_client_conn",
        ),
        (
            "statement pooling mode",
            "a PgBouncer in between pools statements: dlqtop needs pool_mode = transaction or session",
        ),
        (
            "pgbouncer cannot connect to server",
            "a PgBouncer in between does not reach the server: look at its log",
        ),
        (
            "server login has been failing",
            "a PgBouncer in between is not let in by the server: look at its log",
        ),
        (
            "too many clients already",
            "the server is out of connections: end some, or raise max_connections",
        ),
    ]
    .into_iter()
    .find_map(|(part, hint)| said.contains(part).then_some(hint))
}

/// Whether a pooler refused who we are; it does not always say so by its code.
pub(super) fn refuses_login(source: &sqlx::Error) -> bool {
    let refused = match source {
        sqlx::Error::Database(refused) => refused,
        // Another attempt would say the same.
        sqlx::Error::Configuration(_) => return true,
        _ => return false,
    };
    ["no such user", "authentication failed", "auth failed"]
        .iter()
        .any(|part| refused.message().contains(part))
}
