//! What a logger writes before a message: the time, the level, the thread. Pure.

use super::super::text::{in_word, run};

/// The levels of loggers.
const LEVELS: &[&str] = &[
    "trace", "debug", "info", "notice", "warn", "warning", "error", "err", "severe", "critical",
    "crit", "fatal", "emerg",
];

/// The message without the time at its beginning and what follows that: level, process, thread, name of the logger.
/// A line without a time is left alone: its first word may be all it says.
pub(super) fn without_prefix(line: &str) -> &str {
    let Some(after) = time(line.trim_start_matches('[')) else {
        return line;
    };
    let mut rest = after.trim_start_matches([']', ':', ' ', ',']);
    loop {
        let next = part(rest).trim_start();
        if next.len() == rest.len() {
            break;
        }
        rest = next;
    }
    if rest.is_empty() { line } else { rest }
}

/// What follows a date or a time at the beginning.
fn time(line: &str) -> Option<&str> {
    let digits = |c: char| c.is_ascii_digit();
    let (date, rest) = line.split_at(run(line, |c| digits(c) || c == '-' || c == '/'));
    let is_date = date.len() >= 8 && date.matches(['-', '/']).count() == 2;
    let (klog, rest) = if is_date {
        (false, rest)
    } else {
        (is_klog(line), line)
    };
    let rest = if klog { &line[5..] } else { rest };
    let rest = match syslog(rest) {
        Some(after) if !is_date => after,
        _ => rest.trim_start_matches(['T', ' ', ',']),
    };
    let clock = run(rest, |c| digits(c) || matches!(c, ':' | '.' | ','));
    let is_clock = rest[..clock].matches(':').count() == 2;
    if !is_date && !is_clock {
        return None;
    }
    let rest = &rest[if is_clock { clock } else { 0 }..];
    let zone = run(rest, |c| digits(c) || matches!(c, '+' | '-' | ':' | 'Z'));
    Some(&rest[zone..])
}

/// `E0201 10:00:03.123456   12345 charge.go:123] …`
fn is_klog(line: &str) -> bool {
    let (level, day) = (line.get(..1), line.get(1..5));
    level.is_some_and(|level| "IWEF".contains(level))
        && day.is_some_and(|day| day.bytes().all(|c| c.is_ascii_digit()))
        && line[5..].starts_with(' ')
}

/// What follows `Feb  2 ` at the beginning.
fn syslog(line: &str) -> Option<&str> {
    const MONTHS: &str = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
    let month = line.get(..3)?;
    let is_month = MONTHS.split(' ').any(|one| one == month);
    let day = line[3..].strip_prefix(' ')?.trim_start();
    let digits = run(day, |c| c.is_ascii_digit());
    (is_month && (1..=2).contains(&digits)).then(|| day[digits..].trim_start())
}

/// The text without one part of the prefix at its beginning.
fn part(text: &str) -> &str {
    if let Some(inside) = text.strip_prefix('[') {
        let end = inside
            .find(']')
            .filter(|end| *end <= 60 && !inside[..*end].contains(['[', '{', '"']));
        return end.map_or(text, |end| {
            inside[end + 1..].trim_start_matches([':', ' ', '-'])
        });
    }
    let word = run(text, |c| in_word(c) || matches!(c, '.' | '$' | '/' | '-'));
    let (name, after) = text.split_at(word);
    let apart = after
        .strip_prefix(": ")
        .or_else(|| after.strip_prefix(' ').or_else(|| after.strip_prefix("] ")));
    // `charge.go:123] …`
    let place = after
        .strip_prefix(':')
        .map(|after| after.trim_start_matches(|c: char| c.is_ascii_digit()));
    if let Some(message) = place.and_then(|place| place.strip_prefix("] ")) {
        return message;
    }
    let Some(apart) = apart else {
        return text;
    };
    let is_number = name.bytes().all(|c| c.is_ascii_digit()) && name.len() > 3;
    let is_rule = !name.is_empty() && name.bytes().all(|c| c == b'-');
    if LEVELS.iter().any(|level| level.eq_ignore_ascii_case(name)) || is_number || is_rule {
        return apart;
    }
    // `com.acme.Job - …`, `com.acme.Job : …`
    let names = name.contains('.') && !after.starts_with(": ");
    let dash = apart
        .strip_prefix("- ")
        .or_else(|| apart.strip_prefix(": "));
    match dash {
        Some(message) if names => message,
        _ => text,
    }
}
