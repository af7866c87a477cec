//! What the documents tell people to type.

use clap::{Command, CommandFactory as _, Parser as _};
use dlqtop::cli::Cli;

use crate::page::{Page, documents};

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

#[test]
fn every_command_line_is_one_that_the_program_takes() {
    let mut tried = 0;
    for page in documents() {
        for line in typed(&page) {
            let words = words(&line);
            let Some(at) = words.iter().position(|word| word == "dlqtop") else {
                continue;
            };
            let is_set = |word: &String| word.contains('=');
            if !words[..at].iter().all(is_set) {
                continue;
            }
            tried += 1;
            let answer = Cli::try_parse_from(&words[at..]);
            let refused = answer.err().filter(|why| {
                use clap::error::ErrorKind::{DisplayHelp, DisplayVersion};
                !matches!(why.kind(), DisplayHelp | DisplayVersion)
            });
            assert!(
                refused.is_none(),
                "{}: {line}\n{}",
                page.name(),
                refused.unwrap()
            );
        }
    }
    assert!(tried > 100, "{tried} lines");
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

#[test]
fn every_command_in_a_sentence_exists_with_its_options() {
    let root = Cli::command();
    let mut tried = 0;
    for page in documents() {
        let prose: Vec<&str> = page.prose().collect();
        let prose = prose.join("\n");
        let prose = prose.split("<!-- contract -->").next().unwrap();
        for code in prose.split('`').skip(1).step_by(2) {
            let Some(rest) = code.strip_prefix("dlqtop ") else {
                continue;
            };
            let rest = rest.replace(['[', ']', '\n'], " ");
            let words = words(&rest);
            let (command, rest) =
                named(&root, &words).unwrap_or_else(|why| panic!("{}: {code}: {why}", page.name()));
            tried += 1;
            for flag in rest.iter().filter_map(|word| word.strip_prefix("--")) {
                let flag = flag.split('=').next().unwrap();
                let is_there = |arg: &clap::Arg| arg.get_long() == Some(flag);
                assert!(
                    command.get_arguments().any(is_there),
                    "{}: {code}",
                    page.name()
                );
            }
        }
    }
    assert!(tried > 100, "{tried} commands");
}
