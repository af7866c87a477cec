//! JSON for other programs, which may well print it to a terminal: every character that a terminal
//! could obey is written as a `\u` escape. A value keeps its meaning; text columns were made safe
//! before, when they were decoded.

use std::io::{self, Write, stdout};
use std::process::ExitCode;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use crate::data::model::safe_text::is_unsafe;
use crate::failure::Failure;

/// Writes `value` as indented JSON with a line feed at its end.
///
/// # Errors
///
/// If `out` cannot be written to.
pub fn write(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let mut serializer =
        serde_json::Serializer::with_formatter(&mut *out, Escaping(PrettyFormatter::new()));
    value.serialize(&mut serializer)?;
    writeln!(out)
}

/// Writes `value` as JSON on one line.
///
/// # Errors
///
/// If `out` cannot be written to.
pub(in crate::cli) fn write_line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let mut serializer =
        serde_json::Serializer::with_formatter(&mut *out, Escaping(CompactFormatter));
    value.serialize(&mut serializer)?;
    writeln!(out)
}

/// Writes `value` to standard output: what `--json` prints.
///
/// # Errors
///
/// [`Failure`] if standard output cannot be written to.
pub(in crate::cli) fn print_json(value: &impl Serialize) -> Result<ExitCode, Failure> {
    write(&mut stdout().lock(), value)?;
    Ok(ExitCode::SUCCESS)
}

/// JSON whose strings hold nothing that a terminal could obey.
struct Escaping<F>(F);

impl<F: Formatter> Formatter for Escaping<F> {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_unsafe) {
            let (plain, from) = rest.split_at(at);
            out.write_all(plain.as_bytes())?;
            let mut chars = from.chars();
            if let Some(c) = chars.next() {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
            rest = chars.as_str();
        }
        out.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }
    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }
    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }
    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }
    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }
    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }
    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }
    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }
    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn what_a_terminal_could_obey_is_escaped_and_means_the_same() {
        let hostile = "\x1b]0;x\x07 \u{9b}31m id\u{202e}drow \u{e0041} 日本 \"q\"";
        let mut out = Vec::new();
        write(&mut out, &serde_json::json!({ hostile: [hostile] })).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.chars().any(|c| c != '\n' && is_unsafe(c)), "{text:?}");
        let back: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back[hostile][0], hostile);
    }
}
