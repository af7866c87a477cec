//! The class of an error by the name of its exception.

use super::class::ErrorClass::{
    self, Network, Permanent, Permission, Resource, Transient, Validation,
};
use super::said::{Said, words_of};

/// How names of exceptions end. Without these endings the name has to stand at the beginning.
const ENDINGS: [&str; 8] = [
    "error",
    "exception",
    "failure",
    "fault",
    "timeout",
    "refused",
    "exceeded",
    "denied",
];

/// Endings that say nothing themselves.
const EMPTY_ENDINGS: [&str; 6] = ["error", "exception", "failure", "fault", "err", "warning"];

/// The class by the first name that has one. `RuntimeError` and its like say nothing, and the next counts.
pub(super) fn class(said: &Said) -> Option<ErrorClass> {
    let ends = [": ", "("].map(|end| said.plain.find(end));
    let first_end = ends.into_iter().flatten().min().unwrap_or(said.plain.len());
    let first_end = said.plain[..first_end].trim_end().len();
    identifiers(&said.plain).find_map(|(at, name)| {
        let words = words_of(name);
        let last = words.last().map_or("", String::as_str);
        let leads = at + name.len() == first_end && words.len() > 1;
        let is_name = name.starts_with(char::is_uppercase) && (ENDINGS.contains(&last) || leads);
        if is_name || LOWER_CASE.contains(&name) {
            of_name(words)
        } else {
            None
        }
    })
}

/// Names of exceptions that are written as words.
const LOWER_CASE: [&str; 3] = ["gaierror", "herror", "timeout_error"];

/// Names, and where they begin; of `a.b.Name` and `A::Name` the last part.
fn identifiers(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut at = 0;
    text.split(move |c| !is_part(c)).filter_map(move |name| {
        let begin = at;
        at += name.len()
            + text[begin + name.len()..]
                .chars()
                .next()
                .map_or(0, char::len_utf8);
        let rest = &text[begin + name.len()..];
        let goes_on = (rest.starts_with(['.', '\\', '$']) || rest.starts_with("::"))
            && rest
                .trim_start_matches([':', '.', '\\', '$'])
                .starts_with(is_part);
        (!name.is_empty() && !goes_on).then_some((begin, name))
    })
}

fn of_name(mut words: Vec<String>) -> Option<ErrorClass> {
    // PostgreSQL's name for 40001, which is no fault of what was serialized.
    if words == ["serialization", "failure"] {
        return Some(Transient);
    }
    while words
        .last()
        .is_some_and(|last| EMPTY_ENDINGS.contains(&last.as_str()))
    {
        words.pop();
    }
    let name = words.join(" ");
    let ends = |ending: &str| {
        name.strip_suffix(ending)
            .is_some_and(|before| before.is_empty() || before.ends_with(' '))
    };
    let mut found: Option<(usize, ErrorClass)> = None;
    for (class, endings) in NAMES {
        for ending in endings.iter().filter(|ending| ends(ending)) {
            if found.is_none_or(|(length, _)| length < ending.len()) {
                found = Some((ending.len(), *class));
            }
        }
    }
    found.map(|(_, class)| class)
}

/// What names end in, without their `Error`. The longest ending counts.
const NAMES: &[(ErrorClass, &[&str])] = &[
    (
        Transient,
        &[
            "admin shutdown",
            "blocking io",
            "busy",
            "cannot connect now",
            "could not serialize",
            "crash shutdown",
            "deadlock",
            "deadlock detected",
            "deadlock loser data access",
            "lock not available",
            "lock timeout",
            "lock wait timeout",
            "optimistic lock",
            "optimistic locking",
            "provisioned throughput exceeded",
            "rate limit",
            "rate limited",
            "rate limit exceeded",
            "request limit exceeded",
            "retry",
            "retryable",
            "serialization failure",
            "service unavailable",
            "slow down",
            "stale data",
            "stale object",
            "stale object state",
            "temporarily unavailable",
            "temporary",
            "throttled",
            "throttling",
            "too many requests",
            "transaction rollback",
            "transient",
            "unavailable",
        ],
    ),
    (
        Network,
        &[
            "broken pipe",
            "cannot connect",
            "chunked encoding",
            "client connector",
            "closed connection",
            "communications",
            "communications link",
            "connect",
            "connection",
            "connection aborted",
            "connection closed",
            "connection does not exist",
            "connection failed",
            "connection refused",
            "connection reset",
            "deadline exceeded",
            "disconnected",
            "dns",
            "eof",
            "gaierror",
            "handshake",
            "herror",
            "host unreachable",
            "incomplete read",
            "max retry",
            "name resolution",
            "network",
            "network unreachable",
            "new connection",
            "no brokers available",
            "no route to host",
            "protocol",
            "proxy",
            "socket",
            "time out",
            "timed out",
            "timeout",
            "transport",
            "unknown host",
            "unresolved address",
        ],
    ),
    (
        Resource,
        &[
            "connection pool exhausted",
            "disk full",
            "insufficient resources",
            "limit exceeded",
            "memory",
            "memory limit",
            "no space left",
            "out of memory",
            "pool exhausted",
            "queue full",
            "quota exceeded",
            "resource exhausted",
            "resource limit",
            "storage full",
            "too many connections",
            "too many open files",
            "worker lost",
        ],
    ),
    (
        Permission,
        &[
            "access denied",
            "authentication",
            "authentication failed",
            "authorization",
            "credentials",
            "expired signature",
            "expired token",
            "forbidden",
            "insufficient privilege",
            "invalid authorization specification",
            "invalid credentials",
            "invalid password",
            "invalid signature",
            "invalid token",
            "login",
            "no credentials",
            "not authorized",
            "not permitted",
            "permission",
            "permission denied",
            "security",
            "token expired",
            "unauthenticated",
            "unauthorized",
        ],
    ),
    (
        Validation,
        &[
            "argument",
            "assert",
            "assertion",
            "bad request",
            "check violation",
            "constraint",
            "constraint violation",
            "content disallowed",
            "data",
            "decode",
            "decoding",
            "deserialization",
            "duplicate key",
            "encode",
            "encoding",
            "foreign key violation",
            "format",
            "illegal argument",
            "integrity",
            "invalid argument",
            "invalid parameter",
            "json decode",
            "mapping",
            "marshal",
            "not null violation",
            "null value",
            "number format",
            "parse",
            "parser",
            "parsing",
            "range",
            "schema",
            "serialization",
            "type",
            "unicode decode",
            "unicode encode",
            "unique constraint",
            "unique violation",
            "unprocessable entity",
            "unpickleable",
            "validation",
            "value",
            "violation",
        ],
    ),
    (
        Permanent,
        &[
            "already exists",
            "arithmetic",
            "attribute",
            "bounds",
            "case clause",
            "cast",
            "cert verification",
            "class cast",
            "class not found",
            "client connector certificate",
            "does not exist",
            "duplicate",
            "file exists",
            "file not found",
            "function clause",
            "import",
            "indentation",
            "index",
            "is a directory",
            "key",
            "lookup",
            "match",
            "module not found",
            "multiple results found",
            "name",
            "no class def found",
            "no method",
            "no result found",
            "no such bucket",
            "no such element",
            "no such file",
            "no such key",
            "no such method",
            "not a directory",
            "not found",
            "not implemented",
            "not registered",
            "null pointer",
            "null reference",
            "out of bounds",
            "out of range",
            "overflow",
            "programming",
            "recursion",
            "reference",
            "stack overflow",
            "syntax",
            "unbound local",
            "undefined column",
            "undefined function",
            "undefined table",
            "unimplemented",
            "unsupported operation",
            "zero division",
        ],
    ),
];
