//! Passwords in addresses: `postgres://ana:password@db`. Pure.

use std::ops::Range;

/// Schemes in whose addresses a password may hold what elsewhere ends the host.
const DATABASES: &[&str] = &[
    "postgres",
    "postgresql",
    "redis",
    "rediss",
    "mysql",
    "mariadb",
    "mongodb",
    "amqp",
    "amqps",
    "mssql",
    "oracle",
    "clickhouse",
];
/// The longest address that is looked at.
const LONGEST: usize = 4_096;

/// Where the password is of the address whose `://` stands at `at`.
pub(super) fn password(text: &str, at: usize) -> Option<Range<usize>> {
    let begins = at + "://".len();
    let rest = &text[begins..];
    let rest = &rest[..rest.floor_char_boundary(LONGEST)];
    let place = in_authority(rest).or_else(|| beyond(rest, is_database(&text[..at])))?;
    (!place.is_empty()).then(|| begins + place.start..begins + place.end)
}

/// `ana:password@db`, up to what ends the host.
fn in_authority(rest: &str) -> Option<Range<usize>> {
    let user = &rest[..authority(rest).rfind('@')?];
    // Without a colon there is a user alone.
    let colon = user.find(':').map_or(user.len(), |colon| colon + 1);
    Some(colon..user.len())
}

/// A password with `/`, `?` or `#` in it that was not written as it should be, or one whose end was cut off.
fn beyond(rest: &str, is_database: bool) -> Option<Range<usize>> {
    let authority = authority(rest);
    let first = authority.find(':')? + 1;
    let ends = |c: char| c.is_whitespace() || c == '"';
    let all = rest.find(ends).unwrap_or(rest.len());
    let at = rest[..all].rfind('@').filter(|at| *at >= authority.len());
    match at {
        _ if authority.starts_with('[') => None,
        Some(at) if is_database => Some(first..at),
        _ if are_hosts(authority) => None,
        Some(at) => Some(first..at),
        None => Some(first..authority.len()),
    }
}

fn authority(rest: &str) -> &str {
    let ends = |c: char| {
        c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '`' | '<' | '>' | '\\')
    };
    &rest[..rest.find(ends).unwrap_or(rest.len())]
}

/// `db1:5432,db2`, with what may follow an address in a sentence.
fn are_hosts(authority: &str) -> bool {
    let authority = authority.trim_end_matches(['.', ',', ';', ':', ')', ']', '}', '!']);
    authority.split(',').all(|host| {
        let port = host.split_once(':').map_or("", |(_, port)| port);
        port.chars().all(|c| c.is_ascii_digit())
    })
}

fn is_database(before: &str) -> bool {
    let in_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let scheme = &before[before.trim_end_matches(in_scheme).len()..];
    let scheme = scheme.split('+').next().unwrap_or(scheme);
    DATABASES.iter().any(|one| one.eq_ignore_ascii_case(scheme))
}
