//! Errors from a file or a pipe: one text, or a JSON string a line.

use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal as _, Read, Write as _, stderr, stdin};
use std::ops::RangeInclusive;
use std::path::Path;

use serde::de::{self, Deserialize, Deserializer, Visitor};

use crate::failure::Failure;

/// The most bytes of one error. Of a longer one only its beginning and its end would be looked at.
const MAX_MIB: u64 = 64;
const MAX_BYTES: u64 = MAX_MIB << 20;

/// What to read, and what it is called.
pub(super) fn open(path: Option<&Path>) -> Result<(String, BufReader<Box<dyn Read>>), Failure> {
    if let Some(path) = path.filter(|path| *path != Path::new("-")) {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| unreadable(&name, &error))?;
        return Ok((name, BufReader::new(Box::new(file))));
    }
    if stdin().is_terminal() {
        let how = "dlqtop: type or paste the error, then press Ctrl-D";
        let _ = writeln!(stderr(), "{how}");
    }
    let input: Box<dyn Read> = Box::new(stdin());
    Ok(("standard input".to_owned(), BufReader::new(input)))
}

fn unreadable(name: &str, error: &std::io::Error) -> Failure {
    Failure::usage(format!("{name} cannot be read: {error}"))
}

fn no_text(at: &str) -> Failure {
    Failure::usage(format!(
        "{at} is not UTF-8: convert it first, as iconv does"
    ))
}

fn too_large(at: &str) -> Failure {
    Failure::usage(format!(
        "{at} is larger than {MAX_MIB} MiB: cut it, only its first and last 16 KiB are looked at"
    ))
}

/// All that can be read, as one text.
pub(super) fn whole(name: &str, input: impl Read) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = input.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    let read = read.map_err(|error| unreadable(name, &error))?;
    if read as u64 > MAX_BYTES {
        return Err(too_large(name));
    }
    String::from_utf8(bytes).map_err(|_| no_text(name))
}

/// The lines of an input, each a JSON string.
pub(super) struct Lines<R> {
    pub(super) input: R,
    name: String,
    number: usize,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(name: String, input: R) -> Self {
        Self {
            input,
            name,
            number: 0,
            line: Vec::new(),
        }
    }

    /// The next error, or `None` at the end.
    pub(super) fn read(&mut self) -> Result<Option<String>, Failure> {
        self.line.clear();
        let mut limited = (&mut self.input).take(MAX_BYTES + 1);
        let read = limited.read_until(b'\n', &mut self.line);
        let read = read.map_err(|error| unreadable(&self.name, &error))?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        let at = format!("{}, line {}", self.name, self.number);
        if read as u64 > MAX_BYTES {
            return Err(too_large(&at));
        }
        let text = std::str::from_utf8(&self.line).map_err(|_| no_text(&at))?;
        match serde_json::from_str(text) {
            Ok(Text(error)) => Ok(Some(error)),
            Err(error) => {
                let why = error.to_string();
                let why = why.split(" at line ").next().unwrap_or_default();
                Err(Failure::usage(format!("{at} is no JSON string: {why}")))
            }
        }
    }
}

/// The text, with one sign in place of each half of a surrogate pair, which takes three bytes.
fn whole_characters(bytes: &[u8]) -> String {
    const CONTINUES: RangeInclusive<u8> = 0x80..=0xbf;
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        let first = chunk.invalid().first();
        if first.is_some_and(|byte| !CONTINUES.contains(byte)) {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    text
}

/// A JSON string, in which half a surrogate pair may stand: programs that cut texts write such strings.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text(text.to_owned()))
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Text, E> {
                Ok(Text(whole_characters(bytes)))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}
