//! Errors of Rust, Go, Elixir, PHP and Ruby programs. Pure.

use super::super::text::run;

/// The line that says what happened, if the text is of one of these kinds.
pub(super) fn line(text: &str) -> Option<String> {
    elixir(text)
        .or_else(|| panicked(text))
        .or_else(|| context(text))
        .or_else(|| go(text))
        .or_else(|| php(text))
        .or_else(|| ruby(text))
}

/// What an error of one line says, if it is of one of these kinds.
pub(super) fn one_line(text: &str) -> Option<String> {
    let uncaught = text.contains("Uncaught ") || text.starts_with("PHP ");
    panicked(text).or_else(|| if uncaught { php(text) } else { None })
}

/// `** (RuntimeError) …`: the last, if one was caused by another.
fn elixir(text: &str) -> Option<String> {
    if !text.contains("** (") {
        return None;
    }
    let mut lines = text
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("** ("));
    let first = lines.next()?;
    match lines.next_back() {
        // the call that was waited for, and why it did not answer
        Some(last) if first.contains("exited in: ") => Some(format!("{first}: {last}")),
        Some(last) => Some(last.to_owned()),
        None => Some(first.to_owned()),
    }
}

/// What a Rust thread panicked with: on the next line, or in quotes on the same one.
fn panicked(text: &str) -> Option<String> {
    if !text.contains(" panicked at ") {
        return None;
    }
    let mut lines = text.lines();
    let at =
        lines.find(|line| line.contains("' panicked at ") || line.contains(") panicked at "))?;
    let (_, after) = at.split_once(" panicked at ")?;
    if let Some(quoted) = after.strip_prefix('\'') {
        let end = quoted.rfind("', ").unwrap_or(quoted.len());
        return Some(quoted[..end].to_owned());
    }
    let message = lines.find(|line| !line.trim().is_empty());
    let is_note = |line: &str| line.starts_with("note: ") || line.starts_with("stack backtrace:");
    match message {
        Some(message) if after.ends_with(':') && !is_note(message) => {
            Some(message.trim().to_owned())
        }
        // before 1.73 without quotes, or with the message on the same line
        _ => Some(
            after
                .split_once(": ")
                .map_or(at, |(_, message)| message)
                .to_owned(),
        ),
    }
}

/// An error with its chain of causes, as `anyhow` and `eyre` print it: one line of all.
fn context(text: &str) -> Option<String> {
    if !text.contains("Caused by:\n") && !text.trim_start().starts_with("Error:") {
        return None;
    }
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let first = lines.first()?;
    let (mut told, from) = if *first == "Error:" {
        (String::from("Error"), 1)
    } else {
        let causes = lines.iter().position(|line| *line == "Caused by:")?;
        ((*first).to_owned(), causes + 1)
    };
    for (index, line) in lines[from..].iter().enumerate() {
        let numbered = line.strip_prefix(&format!("{index}: "));
        let Some(cause) = numbered.or_else(|| (from > 1 && index == 0).then_some(*line)) else {
            break;
        };
        if !told.contains(cause) {
            told = format!("{told}: {cause}");
        }
    }
    Some(told)
}

/// `panic: …` and `fatal error: …` of a Go program; the panic in whose recovery it panicked again.
fn go(text: &str) -> Option<String> {
    if !text.contains("goroutine ") {
        return None;
    }
    let starts = ["panic: ", "fatal error: "];
    let found = text
        .lines()
        .find(|line| starts.iter().any(|start| line.contains(start)))?;
    let at = starts.iter().filter_map(|start| found.find(start)).min()?;
    Some(
        found[at..]
            .trim()
            .trim_end_matches(" [recovered]")
            .to_owned(),
    )
}

/// The last exception of a PHP trace: the outermost.
fn php(text: &str) -> Option<String> {
    let traced = text.contains("Stack trace:\n#0 ") || text.contains("\n#0 ");
    let fatal = text.contains("PHP ") || text.contains("Uncaught ");
    if !traced && !fatal {
        return None;
    }
    let next = text.lines().rfind(|line| line.starts_with("Next "));
    let first = text.lines().find(|line| !line.trim().is_empty())?;
    let line = next.map_or(first, |next| &next["Next ".len()..]);
    let line = line
        .split_once("Uncaught ")
        .map_or(line, |(_, after)| after);
    let line = line
        .split_once(" Stack trace:")
        .map_or(line, |(line, _)| line);
    Some(without_file(line).to_owned())
}

/// Without ` in /srv/app/charge.php:12` or ` in /srv/app/charge.php on line 12` at the end.
fn without_file(line: &str) -> &str {
    let Some((message, place)) = line.rsplit_once(" in ") else {
        return line;
    };
    let number = place.rsplit([':', ' ']).next().unwrap_or_default();
    let is_place = place.contains(".php") && number.chars().all(|c| c.is_ascii_digit());
    if is_place { message } else { line }
}

/// The message of a Ruby error, below the first line if `from` lines follow it.
fn ruby(text: &str) -> Option<String> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next()?;
    (without_place(first) != first).then(|| first.to_owned())
}

/// `app/models/order.rb:12:in 'Order#total': …` without the place.
pub(super) fn without_place(line: &str) -> &str {
    let file = run(line, |c| !c.is_whitespace() && c != ':');
    let (_, end) = line[..file].rsplit_once('.').unwrap_or_default();
    if !matches!(end, "rb" | "erb") {
        return line;
    }
    let Some((_, after)) = line[file..].split_once(":in ") else {
        return line;
    };
    let message = after.split_once("': ");
    message.map_or(line, |(_, message)| message)
}
