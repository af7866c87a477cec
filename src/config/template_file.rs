//! A `config.toml` to begin with: every key, as a comment with its default.

use std::fmt::Write as _;

use super::bound_keys;
use super::keys::{KEYS, SECTIONS};
use super::profile::keys::PROFILE_KEYS;
use super::profile::{DEFAULT, SECTION};
use super::{fingerprint_rules, redaction, sources};

const WIDTH: usize = 92;

const HEAD: &str = "\
# The configuration of dlqtop. Every key stands here with its default, as a comment: take the # away
# and change what follows. An environment variable outranks this file, a flag outranks both;
# `dlqtop config show` prints what is in force and why. docs/reference/configuration.md says more.
#
# Keys marked \"for all\" are put into the database when a detector starts, and count for every
# dashboard and detector there. Those that are left as comments leave the database as it is.
";

/// The file.
#[must_use]
pub fn text() -> String {
    let mut text = HEAD.to_owned();
    let about = "The profile to take where neither --profile nor DLQTOP_PROFILE names one.";
    let _ = writeln!(text, "\n# {about}\n#{DEFAULT} = \"prod-eu\"");
    for (section, about) in SECTIONS {
        let keys: Vec<_> = KEYS.iter().filter(|key| key.section() == section).collect();
        if keys.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n# {about}\n[{section}]");
        for key in keys {
            let for_all = if key.column().is_some() {
                " For all."
            } else {
                ""
            };
            let about = format!("{}{for_all} Must be {}.", key.docs, key.kind.wanted());
            for line in wrapped(&about) {
                let _ = writeln!(text, "# {line}");
            }
            let _ = writeln!(text, "#{} = {}", key.leaf(), key.default);
        }
    }
    text.push_str(&bound_keys::skeleton());
    text.push_str(&sources::skeleton());
    text.push_str(&fingerprint_rules::skeleton());
    text.push_str(&redaction::skeleton());
    let about =
        "A database by name: as many such sections as there are databases. The names are yours.";
    let _ = writeln!(text, "\n# {about}\n#[{SECTION}.prod-eu]");
    for key in &PROFILE_KEYS {
        let about = format!("{} Must be {}.", key.docs, key.wanted);
        for line in wrapped(&about) {
            let _ = writeln!(text, "# {line}");
        }
        // Of these a profile has one: the others stay prose.
        let or = if key.is_another_way() { " " } else { "" };
        let _ = writeln!(text, "#{or}{} = {}", key.name, key.example);
    }
    text
}

fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() < WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
