//! Stack traces that list their calls as `at …`: Java, .NET and JavaScript. Pure.

use super::super::text::run;

/// What wraps another exception and says nothing of its own.
const WRAPPERS: &[&str] = &[
    "nested exception is",
    "One or more errors occurred",
    "See the inner exception for details",
    "see inner exception",
    "target of an invocation",
    "Request processing failed",
    "Handler dispatch failed",
    "Handler processing failed",
    "fetch failed",
    "All promises were rejected",
    "The type initializer for",
    "An exception was thrown while",
];

/// What begins the cause of an exception.
const CAUSES: &[&str] = &["Caused by: ", "---> ", "[cause]: "];

/// The header of the exception that says what happened.
pub(super) fn line(text: &str) -> Option<String> {
    if !["at ", "^\n", "Caused by: ", "---> "]
        .iter()
        .any(|sign| text.contains(sign))
    {
        return None;
    }
    let lines: Vec<&str> = text.lines().collect();
    let first_frame = lines.iter().position(|line| is_frame(line));
    let after_caret = after_caret(&lines);
    let mut headers = causes(&lines);
    if first_frame.is_none() && after_caret.is_none() && headers.is_empty() {
        return None;
    }
    let above = &lines[..first_frame.unwrap_or(lines.len())];
    let outer = outer(above, after_caret)?;
    let (outer, inline) = match outer.split_once(" ---> ") {
        Some((outer, inner)) => (outer.to_owned(), Some(inner.to_owned())),
        None => (outer, None),
    };
    if let Some(inner) = inline {
        headers.splice(0..0, inner.split(" ---> ").map(str::to_owned));
    }
    let mut told = outer;
    for cause in headers {
        if !is_wrapper(&told, &cause) {
            break;
        }
        told = cause;
    }
    Some(without_brackets(&told).to_owned())
}

/// `    at com.acme.Charge.run(Charge.java:58)`, `   at Acme.Jobs.Run() in /src/Charge.cs:line 8`
fn is_frame(line: &str) -> bool {
    let call = line.trim_start();
    let Some(place) = call.strip_prefix("at ") else {
        return false;
    };
    call.len() < line.len()
        && (place.contains('(') || place.contains(':') || place.starts_with('<'))
}

/// Below the line of carets with which Node and Ruby point at the source.
fn after_caret(lines: &[&str]) -> Option<usize> {
    let place = lines.first()?;
    let number = place.trim_end().rsplit(':').next()?;
    if number.is_empty() || !number.chars().all(|c| c.is_ascii_digit()) || place.starts_with(' ') {
        return None;
    }
    let is_caret = |line: &&str| !line.trim().is_empty() && line.trim().chars().all(|c| c == '^');
    let caret = lines.iter().take(12).position(is_caret)?;
    Some(caret + 1)
}

/// The header of the outermost exception, above its first call.
fn outer(above: &[&str], after_caret: Option<usize>) -> Option<String> {
    let from = after_caret.unwrap_or(0).min(above.len());
    let mut written = above[from..].iter().filter(|line| !line.trim().is_empty());
    if after_caret.is_some() {
        let header = written.next()?.trim();
        return Some(with_message(header, written.next_back().copied()));
    }
    let is_header = |line: &&&str| names_exception(without_thread(line.trim_end()));
    let Some(at) = written.clone().position(|line| is_header(&line)) else {
        // no header that one knows: the line above the calls, or the first if calls are all there is
        let last = written.next_back()?;
        return Some(last.trim().to_owned());
    };
    let header = without_thread(written.nth(at)?.trim());
    Some(with_message(header, written.next_back().copied()))
}

/// A header that has no message, with the last line below it: some write their message there.
fn with_message(header: &str, last: Option<&str>) -> String {
    match last {
        Some(last) if header.ends_with(':') => format!("{header} {}", last.trim()),
        _ => header.to_owned(),
    }
}

/// Without what stands before the exception that nobody caught.
fn without_thread(line: &str) -> &str {
    let line = match line.strip_prefix("Exception in thread ") {
        Some(rest) => rest.split_once("\" ").map_or(rest, |(_, header)| header),
        None => line,
    };
    let starts = [
        "Unhandled exception. ",
        "Unhandled Exception: ",
        "Uncaught ",
    ];
    starts
        .iter()
        .find_map(|start| line.strip_prefix(start))
        .unwrap_or(line)
}

/// `java.io.IOException: …`, `TypeError [ERR_X]: …`, `System.X (0x80004005): …`, `com.acme.Refused`
fn names_exception(line: &str) -> bool {
    let name = &line[..run(line, |c| {
        c.is_alphanumeric() || matches!(c, '.' | '_' | '$' | '`')
    })];
    let after = &line[name.len()..];
    let after = after
        .strip_prefix(" (")
        .or_else(|| after.strip_prefix(" ["))
        .map_or(after, |inside| {
            inside
                .find([')', ']'])
                .map_or(inside, |end| &inside[end + 1..])
        });
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_class = last.starts_with(char::is_uppercase) && last.contains(char::is_lowercase);
    let is_called_so = ["Error", "Exception", "Throwable", "Failure"]
        .iter()
        .any(|end| last.ends_with(end));
    let ends = after.is_empty() || after.starts_with(": ") || after == ":";
    is_class && ends && (is_called_so || name.contains('.'))
}

/// The headers of the causes, from the outer to the inner.
fn causes(lines: &[&str]) -> Vec<String> {
    lines
        .iter()
        .filter_map(|line| {
            let header = CAUSES.iter().find_map(|start| {
                // deeper ones belong to exceptions that were suppressed
                let from = if *start == CAUSES[0] {
                    line
                } else {
                    line.trim_start()
                };
                from.strip_prefix(start)
            })?;
            Some(header.trim().trim_end_matches(" {").to_owned())
        })
        .collect()
}

/// Whether an exception only carries another one.
fn is_wrapper(outer: &str, cause: &str) -> bool {
    let message = outer
        .split_once(": ")
        .map_or("", |(_, message)| message.trim());
    let (class, said) = cause
        .split_once(": ")
        .unwrap_or((cause.trim_end_matches(':'), ""));
    matches!(message, "" | "null")
        || message.starts_with(class)
        || message == said.trim()
        || WRAPPERS.iter().any(|wrapper| outer.contains(wrapper))
}

/// `[UnhandledPromiseRejection: …] {` without its brackets.
fn without_brackets(header: &str) -> &str {
    let header = header.trim_end_matches(" {");
    let inside = header
        .strip_prefix('[')
        .and_then(|inside| inside.strip_suffix(']'));
    let header = inside.unwrap_or(header);
    // Node explains at length what a rejected promise is; the reason is at the end
    let reason = header.split_once("The promise rejected with the reason \"");
    reason.map_or(header, |(_, reason)| {
        reason.trim_end_matches('.').trim_end_matches('"')
    })
}
