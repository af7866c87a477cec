//! Text that no Markdown can be forged with.

/// Text that Markdown shows as it is, on one line. What it would take for markup gets a backslash,
/// which also breaks what would be made a link of by itself.
pub(in crate::cli::read) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        let is_markup = match c {
            '\\' | '`' | '*' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '!'
            | '$' | '@' | '=' | '+' => true,
            // within a word it is a letter like any other
            '_' => !(before.is_alphanumeric() && next.is_alphanumeric()),
            ':' => !next.is_whitespace(),
            '.' => before.eq_ignore_ascii_case(&'w'),
            '-' => matches!(before, ' ' | '-'),
            _ => false,
        };
        if is_markup {
            safe.push('\\');
        }
        match c {
            '\n' => safe.push_str(" ⏎ "),
            _ => safe.push(c),
        }
        before = c;
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_forges_markup() {
        for (text, want) in [
            ("a | b", r"a \| b"),
            ("`code` <b>", r"\`code\` \<b\>"),
            ("one\n\n# two", r"one ⏎  ⏎ \# two"),
            ("[x](javascript:1)", r"\[x\](javascript\:1)"),
            ("www.evil.example", r"www\.evil.example"),
            ("plain words, 12.5 %", "plain words, 12.5 %"),
            ("--- a-b", r"\-\-\- a-b"),
            ("max_retries _x_", r"max_retries \_x\_"),
            ("refused: http://x", r"refused: http\://x"),
        ] {
            assert_eq!(escaped(text), want);
        }
    }
}
