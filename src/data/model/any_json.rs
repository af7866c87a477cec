//! JSON as PostgreSQL keeps it, which takes more than other readers do: values nested a thousand deep, half a
//! surrogate pair, numbers beyond any float. What cannot be shown is replaced alone, and the rest is read.

use std::str::Chars;

use serde_json::{Map, Number, Value};

/// Values within values. What is nested deeper is not shown.
const MOST_DEPTH: usize = 100;

/// The value of this text. Text that is not JSON is itself the value.
#[must_use]
pub fn read(text: &str) -> Value {
    let mut reader = Reader { rest: text.chars() };
    let value = reader.value(0);
    reader.blank();
    match value {
        Some(value) if reader.rest.as_str().is_empty() => value,
        _ => Value::String(text.to_owned()),
    }
}

struct Reader<'t> {
    rest: Chars<'t>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    /// Takes this character, if it is the next one.
    fn take(&mut self, wanted: char) -> bool {
        let is_next = self.peek() == Some(wanted);
        if is_next {
            self.rest.next();
        }
        is_next
    }

    fn blank(&mut self) {
        while self.peek().is_some_and(|c| " \t\r\n".contains(c)) {
            self.rest.next();
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.blank();
        match self.peek()? {
            '{' | '[' if depth == MOST_DEPTH => self.skip(),
            '{' => self.object(depth + 1),
            '[' => self.list(depth + 1),
            '"' => self.string().map(Value::String),
            _ => self.word(),
        }
    }

    fn list(&mut self, depth: usize) -> Option<Value> {
        let mut items = Vec::new();
        self.rest.next();
        self.blank();
        if self.take(']') {
            return Some(items.into());
        }
        loop {
            items.push(self.value(depth)?);
            self.blank();
            match self.rest.next()? {
                ',' => {}
                ']' => return Some(items.into()),
                _ => return None,
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        let mut map = Map::new();
        self.rest.next();
        self.blank();
        if self.take('}') {
            return Some(map.into());
        }
        loop {
            self.blank();
            let key = self.string()?;
            self.blank();
            if !self.take(':') {
                return None;
            }
            map.insert(key, self.value(depth)?);
            self.blank();
            match self.rest.next()? {
                ',' => {}
                '}' => return Some(map.into()),
                _ => return None,
            }
        }
    }

    /// `true`, `null` or a number.
    fn word(&mut self) -> Option<Value> {
        let text = self.rest.as_str();
        let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)));
        let (word, rest) = text.split_at(end.unwrap_or(text.len()));
        self.rest = rest.chars();
        match word {
            "null" => Some(Value::Null),
            "true" => Some(true.into()),
            "false" => Some(false.into()),
            _ => word.parse().ok().map(|number: Number| number.into()),
        }
    }

    fn string(&mut self) -> Option<String> {
        if !self.take('"') {
            return None;
        }
        let mut text = String::new();
        loop {
            match self.rest.next()? {
                '"' => return Some(text),
                '\\' => self.escape(&mut text)?,
                c => text.push(c),
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Option<()> {
        text.push(match self.rest.next()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let unit = self.unit()?;
                if let Some(c) = self.character(unit) {
                    c
                } else {
                    // Half a pair is no character: it stays as it was written.
                    let written = format!("\\u{unit:04x}");
                    text.push_str(&written);
                    return Some(());
                }
            }
            c @ ('"' | '\\' | '/') => c,
            _ => return None,
        });
        Some(())
    }

    /// The character that this unit of UTF-16 is, or begins together with the next escape.
    fn character(&mut self, unit: u32) -> Option<char> {
        if !(0xd800..0xdc00).contains(&unit) {
            return char::from_u32(unit);
        }
        let mut ahead = Reader {
            rest: self.rest.clone(),
        };
        let low = (ahead.take('\\') && ahead.take('u'))
            .then(|| ahead.unit())
            .flatten()
            .filter(|low| (0xdc00..0xe000).contains(low))?;
        self.rest = ahead.rest;
        char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00))
    }

    fn unit(&mut self) -> Option<u32> {
        let digits = self.rest.as_str().get(..4)?;
        let unit = u32::from_str_radix(digits, 16).ok()?;
        self.rest = self.rest.as_str()[4..].chars();
        Some(unit)
    }

    /// Passes over a mapping or a list, however deep, and says so.
    fn skip(&mut self) -> Option<Value> {
        let mut open = 0_usize;
        loop {
            match self.peek()? {
                '"' => {
                    self.string()?;
                    continue;
                }
                '{' | '[' => open += 1,
                '}' | ']' => open -= 1,
                _ => {}
            }
            self.rest.next();
            if open == 0 {
                let what = format!("(nested more than {MOST_DEPTH} deep: not shown)");
                return Some(what.into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_nested_too_deep_is_replaced_alone() {
        for deep in [129, 1_000, 200_000] {
            let text = format!(
                r#"{{"before": [1], "deep": {}"]"{}, "after": "x"}}"#,
                "[".repeat(deep),
                "]".repeat(deep)
            );
            let value = read(&text);
            assert_eq!(value["before"], json!([1]));
            assert_eq!(value["after"], "x");
            assert!(
                value
                    .to_string()
                    .contains("nested more than 100 deep: not shown")
            );
        }
        let shallow = format!("{}{}", "[".repeat(100), "]".repeat(100));
        assert_eq!(read(&shallow).to_string(), shallow);
    }

    #[test]
    fn half_a_surrogate_pair_stays_as_it_was_written() {
        for (text, want) in [
            (r#""\ud83d\ude80""#, "🚀"),
            (r#""a\ud800z""#, r"a\ud800z"),
            (r#""\udc00\ud83d""#, r"\udc00\ud83d"),
            (r#""\ud83d\ud83d\ude80""#, "\\ud83d🚀"),
            (r#""\ud83d\n""#, "\\ud83d\n"),
            (r#""\u0000\u001b\/""#, "\0\u{1b}/"),
        ] {
            assert_eq!(read(text), want, "{text}");
        }
        assert_eq!(read(r#"{"\ud800": 1, "b": 2}"#)["b"], 2);
    }

    #[test]
    fn numbers_are_kept_as_they_are_written() {
        for number in [
            "1e400",
            "-1.5E-999",
            "123456789012345678901234567890",
            "0.10",
        ] {
            assert_eq!(
                read(number).to_string().replace("e+", "e"),
                number.replace('E', "e")
            );
        }
    }

    #[test]
    fn what_is_no_json_is_itself_the_value() {
        for text in [
            "",
            "soon",
            "[1",
            "{\"a\" 1}",
            "[1] 2",
            "\"\\x\"",
            "{\"a\":}",
            "\"\\u12\"",
            "[,]",
        ] {
            assert_eq!(read(text), text);
        }
    }

    fn anything() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_again(value in anything()) {
            prop_assert_eq!(read(&value.to_string()), value.clone());
            prop_assert_eq!(read(&serde_json::to_string_pretty(&value).unwrap()), value);
        }

        #[test]
        fn nothing_ends_it(text in "[\\[\\]{}\",:\\\\u0-9a-fdtrue .-]{0,40}") {
            prop_assert!(read(&text).to_string().len() < 10_000);
        }
    }
}
