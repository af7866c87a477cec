//! Where one term ends and the next begins.

use super::fields::FilterError;

/// A term as typed, and how many characters stand before it.
pub(super) struct Token {
    pub at: usize,
    pub text: String,
    pub quoted: bool,
}

/// Cuts at spaces outside double quotes. Says where a quote is not closed; what follows it is
/// left out.
pub(super) fn tokens(typed: &str) -> (Vec<Token>, Option<FilterError>) {
    let mut words: Vec<Token> = Vec::new();
    let mut current: Option<Token> = None;
    let mut quote = None;
    for (at, c) in typed.chars().enumerate() {
        match c {
            '"' => {
                quote = if quote.is_some() { None } else { Some(at) };
                let word = current.get_or_insert_with(|| Token {
                    at,
                    text: String::new(),
                    quoted: false,
                });
                word.quoted |= word.text.is_empty() || word.text == "!";
            }
            _ if c.is_whitespace() && quote.is_none() => words.extend(current.take()),
            _ => current
                .get_or_insert_with(|| Token {
                    at,
                    text: String::new(),
                    quoted: false,
                })
                .text
                .push(c),
        }
    }
    if let Some(at) = quote {
        let message = "this quote is not closed".to_owned();
        return (words, Some(FilterError { at, message }));
    }
    words.extend(current);
    (words, None)
}
