//! Bodies that are data: JSON, `key=value` lines of loggers, XML and HTML. What they say is their code and message.
//! Pure.

mod json;
mod markup;
mod said;

use self::said::{Said, Tell};
use super::text::{head, run};

/// How much of a body is read.
const BODY: usize = 16 * 1024;

/// The line that a text says which is nothing but a body.
pub(super) fn whole(text: &str, tell: Tell) -> Option<String> {
    let text = text.trim();
    let text = text
        .strip_prefix("b'")
        .or_else(|| text.strip_prefix("b\""))
        .unwrap_or(text);
    if text.starts_with('<') {
        return markup::said(head(text, BODY));
    }
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let body = head(text, BODY);
    let (said, length) = json::said(body)?;
    let is_all = body[length..].trim_matches(['\'', '"']).trim().is_empty();
    if is_all { said.line(tell) } else { None }
}

/// A line with what the body in it says in place of the body.
pub(super) fn inside(line: &str, tell: Tell) -> Option<String> {
    if !line.contains(['{', '[']) {
        return None;
    }
    let starts = ["{\"", "{'", "[{", "{ \"", "{\n", "[\n"];
    let at = starts.iter().filter_map(|start| line.find(start)).min()?;
    let (before, body) = line.split_at(at);
    let (said, length) = json::said(head(body, BODY))?;
    let told = said.line(tell)?;
    let before = before.trim_end_matches(['\'', '"', ' ']);
    let before = before.strip_suffix(" b").unwrap_or(before).trim_end();
    let after = body[length..].lines().next().unwrap_or_default();
    let after = after.trim_start_matches(['\'', '"']).trim();
    let gap = if before.is_empty() { "" } else { " " };
    let after_gap = if after.starts_with(char::is_alphanumeric) {
        " "
    } else {
        ""
    };
    Some(
        format!("{before}{gap}{told}{after_gap}{after}")
            .trim()
            .to_owned(),
    )
}

/// What a line of `key=value` pairs says, if it has a message and a time or level.
pub(super) fn fields(line: &str, tell: Tell) -> Option<String> {
    let mut said = Said::default();
    let mut is_log = false;
    let mut rest = line;
    while !rest.is_empty() {
        let key = &rest[..run(rest, |c| {
            c.is_alphanumeric() || matches!(c, '_' | '.' | '-')
        })];
        let value = rest[key.len()..]
            .strip_prefix('=')
            .filter(|_| !key.is_empty());
        let after = value?;
        let (value, length) = field(after);
        is_log |= ["level", "lvl", "severity", "ts", "time", "timestamp"].contains(&key);
        said.take(key, value);
        rest = after[length..].trim_start();
    }
    if !is_log || said.message.is_none() {
        return None;
    }
    said.line(tell)
}

/// The value at the beginning of a text and its length.
fn field(text: &str) -> (&str, usize) {
    let Some(quoted) = text.strip_prefix('"') else {
        let length = run(text, |c| !c.is_whitespace());
        return (&text[..length], length);
    };
    let mut escaped = false;
    let end = quoted.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    let end = end.unwrap_or(quoted.len());
    (&quoted[..end], (end + 2).min(text.len()))
}
