//! Where one term ends and the next begins.

use super::fields::FilterError;

/// A term as typed, and how many characters stand before it.
pub(super) struct Token {
    pub at: usize,
    pub text: String,
    pub quoted: bool,
}

/// Cuts at spaces outside double quotes. Says where a quote is not closed; what follows it is
/// left out. In a group's name a quote with a backslash before it is part of the name.
pub(super) fn tokens(typed: &str) -> (Vec<Token>, Option<FilterError>) {
    let mut words: Vec<Token> = Vec::new();
    let mut current: Option<Token> = None;
    let mut quote = None;
    let mut in_group = false;
    let mut escaped = false;
    for (at, c) in typed.chars().enumerate() {
        let as_it_is = std::mem::take(&mut escaped);
        escaped = in_group && quote.is_some() && c == '\\' && !as_it_is;
        match c {
            _ if as_it_is => current.iter_mut().for_each(|word| word.text.push(c)),
            '"' => {
                quote = if quote.is_some() { None } else { Some(at) };
                let word = current.get_or_insert_with(|| Token {
                    at,
                    text: String::new(),
                    quoted: false,
                });
                word.quoted |= word.text.is_empty() || word.text == "!";
                in_group = is_group(&word.text);
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

/// Whether the name of a group comes next.
fn is_group(typed: &str) -> bool {
    let typed = typed.strip_prefix('!').unwrap_or(typed);
    typed.eq_ignore_ascii_case("group:")
}
