//! Codes that decide: what a protocol or an operating system calls the error.

use super::class::ErrorClass::{
    self, Network, Permanent, Permission, Resource, Transient, Validation,
};
use super::said::Said;

/// The class by the first kind of code that the line has. A code that may mean either decides nothing.
pub(super) fn class(said: &Said) -> Option<ErrorClass> {
    sqlstate(said)
        .or_else(|| grpc(said))
        .or_else(|| smtp(said))
        .or_else(|| http(said))
        .or_else(|| errno(said))
        .or_else(|| database_number(said))
        .or_else(|| exit(said))
}

/// `SQLSTATE 40001`, `SQLSTATE[08006]`, `pgcode: 23505`, `ERROR 1213 (40001)`, `ERROR:  23505: …`.
fn sqlstate(said: &Said) -> Option<ErrorClass> {
    let mut places = 0..said.words.len();
    places.find_map(|at| {
        let code = said.word(at);
        let is_code = code.len() == 5
            && code.chars().all(|c| c.is_ascii_alphanumeric())
            && code.chars().any(|c| c.is_ascii_digit());
        let level = |word: &str| matches!(word, "error" | "fatal" | "panic");
        let shape: Vec<bool> = code.chars().map(|c| c.is_ascii_digit()).collect();
        let named = match said.before(at, 1) {
            // `57P01`: nothing else looks like that
            _ if shape == [true, true, false, true, true] && code.contains('p') => true,
            "sqlstate" | "pgcode" => true,
            "state" | "code" => matches!(said.before(at, 2), "sql" | "sqlstate" | "pg"),
            number if level(said.before(at, 2)) => number.parse::<u16>().is_ok(),
            word => at == 1 && level(word),
        };
        (is_code && named).then(|| of_sqlstate(code)).flatten()
    })
}

fn of_sqlstate(code: &str) -> Option<ErrorClass> {
    match code {
        "42501" => return Some(Permission),
        "55p03" | "57014" | "57p01" | "57p02" | "57p03" | "57p05" => return Some(Transient),
        "53300" | "53400" => return Some(Resource),
        _ => {}
    }
    match &code[..2] {
        "08" => Some(Network),
        "22" | "23" | "44" => Some(Validation),
        "28" => Some(Permission),
        "40" => Some(Transient),
        "53" | "58" => Some(Resource),
        "0a" | "21" | "26" | "34" | "3d" | "3f" | "42" | "54" => Some(Permanent),
        _ => None,
    }
}

/// Names of gRPC's codes, with their numbers; those left out may mean either.
const GRPC: [(&str, &str, ErrorClass); 12] = [
    ("3", "invalid argument", Validation),
    ("4", "deadline exceeded", Network),
    ("5", "not found", Permanent),
    ("6", "already exists", Permanent),
    ("7", "permission denied", Permission),
    ("8", "resource exhausted", Resource),
    ("9", "failed precondition", Permanent),
    ("10", "aborted", Transient),
    ("11", "out of range", Validation),
    ("12", "unimplemented", Permanent),
    ("14", "unavailable", Transient),
    ("16", "unauthenticated", Permission),
];

/// `code = Unavailable`, `StatusCode.UNAVAILABLE`, `14 UNAVAILABLE: …`, `grpc-status: 14`.
fn grpc(said: &Said) -> Option<ErrorClass> {
    let is_told = said
        .words
        .iter()
        .any(|word| word == "grpc" || word == "rpc");
    let mut places = 0..said.words.len();
    places.find_map(|at| {
        let of_status = said.before(at, 1) == "code" && said.before(at, 2) == "status";
        let of_number = |number: &str| said.before(at, 1) == number && at == 1;
        let status = matches!(said.before(at, 1), "status" | "code");
        let found = GRPC.iter().find(|(number, name, _)| {
            (said.has_at(at, name) && (is_told || of_status || of_number(number)))
                || (is_told && status && said.word(at) == *number)
        });
        found.map(|(_, _, class)| *class)
    })
}

/// `450 4.2.0 …`, `550-5.1.1 …`; without the second number only where mail is spoken of.
fn smtp(said: &Said) -> Option<ErrorClass> {
    let of_mail = said.words.iter().any(|word| word.starts_with("smtp"));
    let mut places = 0..said.words.len();
    places.find_map(|at| {
        let code: u16 = said.word(at).parse().ok()?;
        if !(421..=455).contains(&code) && !(500..=577).contains(&code) {
            return None;
        }
        let next = at + 1 + usize::from(said.word(at + 1) == "b");
        let is_number =
            |word: &str| !word.is_empty() && word.len() <= 3 && word.parse::<u16>().is_ok();
        let enhanced = said.word(next) == &said.word(at)[..1]
            && is_number(said.word(next + 1))
            && is_number(said.word(next + 2));
        (enhanced || of_mail).then_some(match code {
            452 | 552 => Resource,
            ..=499 => Transient,
            530 | 534 | 535 | 538 => Permission,
            _ => Permanent,
        })
    })
}

/// What HTTP's statuses are called; the name alone behind the number makes it one.
const STATUSES: [(u16, &str); 30] = [
    (400, "bad request"),
    (401, "unauthorized"),
    (402, "payment required"),
    (403, "forbidden"),
    (404, "not found"),
    (405, "method not allowed"),
    (406, "not acceptable"),
    (407, "proxy authentication required"),
    (408, "request timeout"),
    (409, "conflict"),
    (410, "gone"),
    (411, "length required"),
    (412, "precondition failed"),
    (413, "payload too large"),
    (413, "request entity too large"),
    (413, "content too large"),
    (415, "unsupported media type"),
    (422, "unprocessable entity"),
    (422, "unprocessable content"),
    (423, "locked"),
    (424, "failed dependency"),
    (425, "too early"),
    (429, "too many requests"),
    (500, "internal server error"),
    (501, "not implemented"),
    (502, "bad gateway"),
    (503, "service unavailable"),
    (503, "service temporarily unavailable"),
    (504, "gateway timeout"),
    (507, "insufficient storage"),
];

/// `HTTP 503`, `HTTP/1.1 503`, `status code 503`, `503 Service Unavailable`, `400 Client Error`.
fn http(said: &Said) -> Option<ErrorClass> {
    let mut places = 0..said.words.len();
    places.find_map(|at| {
        let word = said.word(at);
        let code: u16 = word.parse().ok().filter(|_| word.len() == 3)?;
        let named = STATUSES
            .iter()
            .any(|(of, name)| *of == code && said.has_at(at + 1, name))
            || said.has_at(at + 1, "client error")
            || said.has_at(at + 1, "server error");
        let is_last = at + 1 == said.words.len();
        let told = match said.before(at, 1) {
            "http" | "status" | "code" => true,
            "0" | "1" | "2" => said.before(at, 2) == "http" || said.before(at, 3) == "http",
            "returned" | "answered" | "responded" | "response" | "with" => is_last,
            _ => false,
        };
        (named || told).then(|| of_status(code)).flatten()
    })
}

const fn of_status(code: u16) -> Option<ErrorClass> {
    match code {
        401 | 403 | 407 | 511 => Some(Permission),
        402 | 404 | 405 | 410 | 426 | 451 | 501 | 505 | 508 => Some(Permanent),
        400 | 406 | 411..=417 | 422 | 428 | 431 => Some(Validation),
        423 | 425 | 429 | 500 | 502 | 503 | 520 | 521 | 523 | 525 | 529 => Some(Transient),
        408 | 504 | 522 | 524 => Some(Network),
        507 => Some(Resource),
        _ => None,
    }
}

/// Names of the operating system's errors, with Linux's numbers and, where they differ, those of BSD.
const ERRNO: [(&str, &[&str], ErrorClass); 44] = [
    ("eperm", &["1"], Permission),
    ("enoent", &["2"], Permanent),
    ("eintr", &["4"], Transient),
    ("eagain", &["11", "35"], Transient),
    ("ewouldblock", &[], Transient),
    ("enomem", &["12"], Resource),
    ("eacces", &["13"], Permission),
    ("ebusy", &["16"], Transient),
    ("eexist", &["17"], Permanent),
    ("enotdir", &["20"], Permanent),
    ("eisdir", &["21"], Permanent),
    ("einval", &["22"], Validation),
    ("enfile", &["23"], Resource),
    ("emfile", &["24"], Resource),
    ("etxtbsy", &["26"], Transient),
    ("efbig", &["27"], Resource),
    ("enospc", &["28"], Resource),
    ("erofs", &["30"], Permission),
    ("epipe", &["32"], Network),
    ("erange", &["34"], Validation),
    ("enametoolong", &["36"], Validation),
    ("enosys", &["38"], Permanent),
    ("enotempty", &["39"], Permanent),
    ("eproto", &["71"], Network),
    ("eilseq", &["84"], Validation),
    ("eaddrnotavail", &["99"], Network),
    ("enetdown", &["100", "50"], Network),
    ("enetunreach", &["101", "51"], Network),
    ("enetreset", &["102", "52"], Network),
    ("econnaborted", &["103", "53", "10053"], Network),
    ("econnreset", &["104", "54", "10054"], Network),
    ("enobufs", &["105", "55"], Resource),
    ("enotconn", &["107", "57"], Network),
    ("eshutdown", &["108"], Network),
    ("etimedout", &["110", "60", "10060"], Network),
    ("esockettimedout", &[], Network),
    ("econnrefused", &["111", "61", "10061"], Network),
    ("ehostdown", &["112", "64"], Network),
    ("ehostunreach", &["113", "65", "10065"], Network),
    ("edquot", &["122", "69"], Resource),
    ("eai_again", &["-3"], Network),
    ("eai_noname", &["-2", "11001"], Network),
    ("eai_fail", &["-4"], Network),
    ("enotfound", &["-5"], Network),
];

/// `ECONNREFUSED`, `[Errno 111]`, `(os error 111)`, `[WinError 10061]`.
fn errno(said: &Said) -> Option<ErrorClass> {
    let mut places = 0..said.words.len();
    places.find_map(|at| {
        let numbered = said.before(at, 1) == "errno"
            || (said.before(at, 1) == "error" && matches!(said.before(at, 2), "os" | "win"));
        let word = said.word(at);
        let found = ERRNO
            .iter()
            .find(|(name, numbers, _)| match name.split_once('_') {
                _ if numbered && numbers.contains(&word) => true,
                Some((first, second)) => word == first && said.word(at + 1) == second,
                None => word == *name,
            });
        found.map(|(_, _, class)| *class)
    })
}

/// The numbers of other databases: `(1213, …`, `ERROR 1213`, `ORA-00060`.
fn database_number(said: &Said) -> Option<ErrorClass> {
    let mut places = 0..said.words.len();
    places.find_map(|at| {
        let number: u16 = said.word(at).trim_start_matches('-').parse().ok()?;
        if said.before(at, 1) == "ora" {
            return match number {
                54 | 60 | 8177 => Some(Transient),
                1 | 1400 | 2290..=2292 => Some(Validation),
                1017 | 1031 | 28000..=28002 => Some(Permission),
                3113 | 3114 | 3135 | 12150..=12599 => Some(Network),
                1652..=1655 | 4031 => Some(Resource),
                _ => None,
            };
        }
        let is_first = said.plain.contains(&format!("({number},"));
        let of_mysql = || said.words.iter().any(|word| word.ends_with("mysql"));
        let is_told = is_first || said.before(at, 1) == "error" || of_mysql();
        match number {
            1205 | 1213 if is_told => Some(Transient),
            2002 | 2003 | 2005 | 2006 | 2013 | 2055 if is_told => Some(Network),
            1040 | 1021 | 1114 | 1203 if is_told => Some(Resource),
            1044 | 1045 | 1142 | 1227 if is_told => Some(Permission),
            1048 | 1062 | 1264 | 1366 | 1406 | 1451 | 1452 if is_told => Some(Validation),
            1049 | 1054 | 1064 | 1146 if is_told => Some(Permanent),
            _ => None,
        }
    })
}

/// `exit status 137`, `exited with code 127`, `signal 9 (SIGKILL)`.
fn exit(said: &Said) -> Option<ErrorClass> {
    let mut places = 0..said.words.len();
    places.find_map(|at| {
        let word = said.word(at);
        let of_exit = match (said.before(at, 2), said.before(at, 1)) {
            ("exit" | "with", "status" | "code") | ("exited", "with") => true,
            (_, "signal") => return of_signal(word),
            _ => false,
        };
        if !of_exit {
            return word.starts_with("sig").then(|| of_signal(word)).flatten();
        }
        match word {
            "124" => Some(Network),
            "126" => Some(Permission),
            "127" | "134" | "139" => Some(Permanent),
            "137" => Some(Resource),
            "143" => Some(Transient),
            negative => of_signal(negative.strip_prefix('-')?),
        }
    })
}

fn of_signal(signal: &str) -> Option<ErrorClass> {
    match signal {
        "9" | "sigkill" | "killed" => Some(Resource),
        "15" | "sigterm" => Some(Transient),
        "6" | "11" | "sigabrt" | "sigsegv" => Some(Permanent),
        _ => None,
    }
}
