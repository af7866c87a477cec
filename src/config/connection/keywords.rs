//! An address in words, `host=db.example dbname=work`, read as libpq reads it.

use super::given::Pair;
use super::known::is_space;

/// Reads the words: quotes around a value, a backslash before a quote, white space around the `=`.
///
/// # Errors
///
/// What is wrong, without a character of it.
pub(super) fn read(text: &str) -> Result<Vec<Pair>, &'static str> {
    let mut found = Vec::new();
    let mut rest = text.chars().peekable();
    loop {
        while rest.next_if(|c| is_space(*c)).is_some() {}
        if rest.peek().is_none() {
            return Ok(found);
        }
        let mut name = String::new();
        while let Some(c) = rest.next_if(|c| *c != '=' && !is_space(*c)) {
            name.push(c);
        }
        while rest.next_if(|c| is_space(*c)).is_some() {}
        if rest.next() != Some('=') || name.is_empty() {
            return Err("a word lacks its =value: it looks like host=db dbname=work");
        }
        while rest.next_if(|c| is_space(*c)).is_some() {}
        let quoted = rest.next_if_eq(&'\'').is_some();
        let mut value = String::new();
        loop {
            match rest.next() {
                Some('\\') => value.extend(rest.next()),
                Some('\'') if quoted => break,
                None if quoted => return Err("a quote is not closed"),
                None => break,
                Some(c) if !quoted && is_space(c) => break,
                Some(c) => value.push(c),
            }
        }
        found.push(Pair { name, value });
    }
}
