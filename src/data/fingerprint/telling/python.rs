//! Python tracebacks: the exception that was raised last. Pure.

/// What begins a traceback.
const HEADER: &str = "Traceback (most recent call last)";

/// The first line of the exception that was raised last, if the text has a traceback.
pub(super) fn raised(text: &str) -> Option<String> {
    if !text.contains(HEADER) && !text.contains("  File \"") {
        return None;
    }
    let lines: Vec<&str> = text.lines().collect();
    let headers: Vec<usize> = (0..lines.len())
        .filter(|at| lines[*at].contains(HEADER) && !in_group(lines[*at]))
        .collect();
    if headers.is_empty() {
        let last = lines.iter().rposition(|line| is_frame(line))?;
        return exception(&lines[last + 1..], 0);
    }
    // the last one may have been cut off before its exception
    let told = headers.iter().rev().find_map(|at| of_header(&lines, *at));
    let last = headers.last().copied().unwrap_or_default();
    told.or_else(|| place(&lines[last + 1..]))
}

/// The exception of the traceback that begins at a line.
fn of_header(lines: &[&str], at: usize) -> Option<String> {
    let (header, below) = (lines[at], &lines[at + 1..]);
    if header.contains('╭') || header.contains("+--") {
        let bottom = below
            .iter()
            .position(|line| line.trim_start().starts_with(['╰', '└']))?;
        return exception(&below[bottom + 1..], 0);
    }
    if header.trim_start().starts_with("+ Exception Group") {
        return leaf(&lines[at..]);
    }
    let found = exception(below, indent(header))?;
    Some(with_next(found, below))
}

/// The first line that is not part of the list of calls.
fn exception(lines: &[&str], indent_of_header: usize) -> Option<String> {
    let raised = lines
        .iter()
        .find(|line| !line.trim().is_empty() && indent(line) <= indent_of_header)?;
    Some(raised.trim().to_owned())
}

/// An exception whose message begins on the next line, with that line.
fn with_next(raised: String, lines: &[&str]) -> String {
    if !raised.ends_with(':') {
        return raised;
    }
    let after = lines
        .iter()
        .skip_while(|line| line.trim() != raised)
        .skip(1);
    let mut after = after.filter(|line| !line.trim().is_empty());
    match after.next() {
        Some(next) => format!("{raised} {}", next.trim()),
        None => raised,
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn is_frame(line: &str) -> bool {
    line.trim_start().starts_with("File \"") && line.contains("\", line ")
}

/// Whether a line is drawn inside an exception group.
fn in_group(line: &str) -> bool {
    line.trim_start().starts_with('|')
}

/// The first exception of a group that is no group itself.
fn leaf(lines: &[&str]) -> Option<String> {
    let inside = |line: &str| {
        let line = line.trim_start();
        line.starts_with('|') || line.starts_with("+-") || line.starts_with("+ ")
    };
    let end = lines
        .iter()
        .position(|line| !line.trim().is_empty() && !inside(line));
    let lines = &lines[..end.unwrap_or(lines.len())];
    let is_border = |line: &&str| line.trim_start().starts_with("+-");
    let mut group = None;
    for part in lines.split(is_border) {
        let part: Vec<&str> = part.iter().map(|line| without_border(line)).collect();
        let last = part.iter().rposition(|line| line.contains(HEADER));
        let Some(raised) = exception(&part[last.map_or(0, |at| at + 1)..], 0) else {
            continue;
        };
        if !is_group(&raised) {
            return Some(raised);
        }
        group.get_or_insert(raised);
    }
    group
}

/// A line of a group without the line that is drawn at its left, its own indentation kept.
fn without_border(line: &str) -> &str {
    let line = line.trim_start();
    let line = line.strip_prefix('|').unwrap_or(line);
    line.strip_prefix(' ').unwrap_or(line)
}

fn is_group(raised: &str) -> bool {
    raised.ends_with("sub-exception)") || raised.ends_with("sub-exceptions)")
}

/// Of a traceback that was cut off: the last line of its calls.
fn place(lines: &[&str]) -> Option<String> {
    let drawn = |line: &str| line.chars().all(|c| matches!(c, '^' | '~' | ' '));
    let last = lines.iter().rev().find(|line| !drawn(line))?;
    Some(last.trim().to_owned())
}
