//! What the documents tell people to type.

use clap::error::ErrorKind;
use clap::{Command, CommandFactory as _, Parser as _};
use dlqtop::cli::Cli;

use super::page::{Page, documents};

/// The lines of a page's blocks that somebody is to type, continued ones as one.
fn typed(page: &Page) -> Vec<String> {
    let mut lines = Vec::new();
    let mut kind = None;
    let mut open = String::new();
    for line in page.text.lines() {
        let line = line.trim_start();
        if let Some(fence) = line.strip_prefix("```") {
            kind = kind.is_none().then(|| fence.to_owned());
            continue;
        }
        let typed = match kind.as_deref() {
            Some("sh") => Some(line),
            Some("console") if !open.is_empty() => Some(line),
            Some("console") => line.strip_prefix("$ "),
            _ => None,
        };
        let Some(typed) = typed else { continue };
        open.push_str(typed.trim_end_matches('\\'));
        if !typed.ends_with('\\') {
            lines.push(std::mem::take(&mut open));
        }
    }
    lines
}

/// The words of a command line up to what the shell takes for itself.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '|' | '>' | ';' | '#' | '&') => break,
            (None, ' ') => words.push(String::new()),
            _ => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Why the program does not take this line, if it does not. A line that begins with something else than
/// variables and `dlqtop` is not ours.
fn refusal(line: &str) -> Option<Result<(), String>> {
    let words = words(line);
    let at = words.iter().position(|word| word == "dlqtop")?;
    words[..at]
        .iter()
        .all(|word| word.contains('='))
        .then_some(())?;
    let answer = Cli::try_parse_from(&words[at..]);
    Some(match answer {
        Err(why)
            if !matches!(
                why.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            ) =>
        {
            Err(format!(
                "{line}: {}",
                why.to_string().lines().next().unwrap_or_default()
            ))
        }
        _ => Ok(()),
    })
}

#[test]
fn every_command_line_is_one_that_the_program_takes() {
    let mut tried = 0;
    let mut refused = Vec::new();
    for page in documents() {
        for answer in typed(&page).iter().filter_map(|line| refusal(line)) {
            tried += 1;
            refused.extend(answer.err().map(|why| format!("{}: {why}", page.name())));
        }
    }
    assert!(tried > 100, "{tried} lines");
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

/// Follows the words to the command that they name, and gives the flags that follow.
fn named<'w>(root: &Command, words: &'w [String]) -> Result<(Command, &'w [String]), String> {
    let mut command = root.clone();
    command.build();
    for (at, word) in words.iter().enumerate() {
        if let Some(next) = command.find_subcommand(word).cloned() {
            command = next;
        } else if command.has_subcommands()
            && at > 0
            && word.chars().all(|c| c.is_ascii_lowercase())
        {
            return Err(format!("{} has no {word}", command.get_name()));
        } else {
            return Ok((command, &words[at..]));
        }
    }
    Ok((command, &[]))
}

/// What is wrong with a command in a sentence: no such command, or one without that option.
fn fault(root: &Command, code: &str) -> Option<String> {
    let code = code.replace(['[', ']', '\n'], " ");
    let words = words(&code);
    let (command, rest) = match named(root, &words) {
        Ok(named) => named,
        Err(why) => return Some(why),
    };
    let mut flags = rest.iter().filter_map(|word| word.strip_prefix("--"));
    let flag = flags.find(|flag| {
        let flag = flag.split('=').next().unwrap_or(flag);
        let is_there = |arg: &clap::Arg| arg.get_long() == Some(flag);
        !command.get_arguments().any(is_there)
    })?;
    Some(format!("{} has no --{flag}", command.get_name()))
}

#[test]
fn every_command_in_a_sentence_exists_with_its_options() {
    let root = Cli::command();
    let mut tried = 0;
    let mut faults = Vec::new();
    for page in documents() {
        let prose: Vec<&str> = page.prose().collect();
        let prose = prose.join("\n");
        // The contract is the program's own text, which has a test of its own.
        let prose = prose.split("<!-- contract -->").next().unwrap();
        let codes = prose.split('`').skip(1).step_by(2);
        for code in codes.filter_map(|code| code.strip_prefix("dlqtop ")) {
            tried += 1;
            faults.extend(fault(&root, code).map(|why| format!("{}: {code}: {why}", page.name())));
        }
    }
    assert!(tried > 100, "{tried} commands");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
