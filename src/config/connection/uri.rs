//! A database URL, read as libpq reads one. That is not how a browser reads one: a `#` and a `..` are letters of a
//! name like any other, the first `@` ends the password, and what follows the last `:` of a host is its port.

use std::net::IpAddr;

use percent_encoding::percent_decode_str;

use super::given::Pair;

/// How a URL can begin. libpq knows no other way to write these.
const SCHEMES: [&str; 2] = ["postgresql://", "postgres://"];
/// What to write instead of the signs that end a part of a URL.
const WRITE: &str = "in a password, write / as %2F, @ as %40 and : as %3A";

/// What a URL says.
pub(super) struct Uri {
    /// In the order in which it says it: the last one counts.
    pub(super) pairs: Vec<Pair>,
    /// Parts of a password may stand where names do, so that no name can be repeated.
    pub(super) may_be_password: bool,
}

/// What follows the scheme, if this is a URL for libpq.
pub(super) fn without_scheme(text: &str) -> Option<&str> {
    SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme))
}

/// Reads what follows the scheme.
///
/// # Errors
///
/// What is wrong with it, without a character of it.
pub(super) fn read(text: &str) -> Result<Uri, String> {
    let (credentials, rest) = match text.find(['@', '/']) {
        Some(end) if text[end..].starts_with('@') => (&text[..end], &text[end + 1..]),
        _ => ("", text),
    };
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    let servers = Servers::read(rest)?;
    let (path, query) = servers.rest.split_once('?').unwrap_or((servers.rest, ""));
    if servers.hosts.contains('@') {
        return Err(format!("there are two @ before its first /: {WRITE}"));
    }
    let has_password = !password.is_empty() || !servers.ports.is_empty();
    let may_end = |before: &str| has_password || before.contains(':');
    let misread = path
        .split_once('@')
        .is_some_and(|(before, _)| may_end(before));
    if misread && !is_surely_a_host(&servers.hosts) {
        return Err(format!(
            "there is an @ behind its first /: {WRITE}, and in the name of a database an @ as %40"
        ));
    }
    let database = path.strip_prefix('/').unwrap_or_default();
    let mut pairs = Vec::new();
    for (name, value) in [
        ("user", user),
        ("password", password),
        ("host", &servers.hosts),
        ("port", &servers.ports),
        ("dbname", database),
    ] {
        // What is left out here leaves a variable its say; in the query an empty value does not.
        if !value.is_empty() {
            pairs.push(Pair::new(name, decoded(value)?));
        }
    }
    let may_be_password = has_password && query.contains('@');
    read_query(query, &mut pairs)?;
    Ok(Uri {
        pairs,
        may_be_password,
    })
}

/// The part between the credentials and the path: several servers, maybe.
struct Servers<'a> {
    /// Separated by commas.
    hosts: String,
    /// As many.
    ports: String,
    /// What follows: begins with `/` or `?`, or is empty.
    rest: &'a str,
}

impl<'a> Servers<'a> {
    fn read(mut text: &'a str) -> Result<Self, String> {
        let (mut hosts, mut ports) = (String::new(), String::new());
        loop {
            let host = match text.strip_prefix('[') {
                Some(bracketed) => in_brackets(bracketed)?,
                None => Cut::at(text, &[':', '/', '?', ',']),
            };
            hosts += host.before;
            let mut rest = host.after;
            if let Some(port) = rest.strip_prefix(':') {
                let port = Cut::at(port, &['/', '?', ',']);
                ports += port.before;
                rest = port.after;
            }
            let Some(next) = rest.strip_prefix(',') else {
                return Ok(Self { hosts, ports, rest });
            };
            hosts.push(',');
            ports.push(',');
            text = next;
        }
    }
}

/// A text in two.
struct Cut<'a> {
    before: &'a str,
    after: &'a str,
}

impl<'a> Cut<'a> {
    /// Cuts before the first of these, else at the end.
    fn at(text: &'a str, ends: &[char]) -> Self {
        let (before, after) = text.split_at(text.find(ends).unwrap_or(text.len()));
        Self { before, after }
    }
}

/// The address before the `]`, and what follows that.
fn in_brackets(text: &str) -> Result<Cut<'_>, String> {
    let Some((before, after)) = text.split_once(']') else {
        return Err("a [ in it is not closed: an IPv6 address looks like [::1]".to_owned());
    };
    if before.is_empty() {
        return Err("there is no address in its []: an IPv6 address looks like [::1]".to_owned());
    }
    if after.starts_with([':', '/', '?', ',']) || after.is_empty() {
        Ok(Cut { before, after })
    } else {
        Err("behind the ] of an address comes :PORT or /DATABASE".to_owned())
    }
}

/// Whether this is the name of a server and no user's: `ana:12/34@db` has the password `12/34`, and yet to libpq its
/// server is `ana`.
fn is_surely_a_host(host: &str) -> bool {
    let is_folder = host
        .get(..3)
        .is_some_and(|sign| sign.eq_ignore_ascii_case("%2F"));
    is_folder || host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok()
}

fn read_query(query: &str, pairs: &mut Vec<Pair>) -> Result<(), String> {
    let mut rest = query;
    // An & at the end says nothing; one before nothing begins a parameter that lacks its value.
    while !rest.is_empty() {
        let (part, after) = rest.split_once('&').unwrap_or((rest, ""));
        rest = after;
        let Some((name, value)) = part.split_once('=') else {
            return Err("a parameter behind its ? lacks its =value".to_owned());
        };
        if value.contains('=') {
            return Err(
                "a parameter behind its ? has two =: write the second one as %3D".to_owned(),
            );
        }
        let (name, value) = (decoded(name)?, decoded(value)?);
        // The spelling of JDBC, which libpq knows in this one form.
        pairs.push(if name == "ssl" && value == "true" {
            Pair::new("sslmode", "require".to_owned())
        } else {
            Pair { name, value }
        });
    }
    Ok(())
}

fn decoded(text: &str) -> Result<String, String> {
    let bytes = text.as_bytes();
    for (at, _) in text.match_indices('%') {
        match bytes.get(at + 1..at + 3) {
            Some(b"00") => return Err("%00 in it stands for no letter".to_owned()),
            Some(hex) if hex.iter().all(u8::is_ascii_hexdigit) => {}
            _ => {
                return Err(
                    "a % in it is not followed by two hexadecimal digits: write a % as %25"
                        .to_owned(),
                );
            }
        }
    }
    let decoded = percent_decode_str(text).decode_utf8();
    let decoded = decoded.map_err(|_| {
        "what its % signs stand for is no text in UTF-8, and the driver takes no other".to_owned()
    })?;
    Ok(decoded.into_owned())
}
