//! What a step is to have returned: JSON that was written in the operator's own editor, and is
//! checked before it is sent.

use serde_json::Value;

use crate::app::action::EditedText;
use crate::app::format::plural;
use crate::data::redaction;

/// A result as it stands.
#[derive(Debug, Clone)]
pub struct JsonResult {
    text: String,
    /// What the step had; what the first look at it is compared with.
    before: String,
    state: State,
}

/// What is known of the text.
#[derive(Debug, Clone, PartialEq)]
enum State {
    /// Nobody has written anything yet.
    Untouched,
    /// It can be sent.
    Good(Value),
    /// It cannot, and why.
    Bad(String),
}

/// What to make of what came back from the editor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditorResult {
    /// There is a result to ask about.
    Accepted,
    /// It has to be corrected.
    Invalid(String),
    /// Nothing was written: nothing is to be done.
    Unchanged(String),
}

impl JsonResult {
    /// The largest result that is sent, in bytes.
    pub const LIMIT: usize = 1_048_576;
    /// What is edited where a step has returned nothing yet.
    const EMPTY: &str = "{}\n";

    /// A result that begins with what the step has returned so far.
    #[must_use]
    pub fn new(before: Option<&Value>) -> Self {
        let text = before.and_then(|value| serde_json::to_string_pretty(value).ok());
        let text = text.map_or_else(|| Self::EMPTY.to_owned(), |text| text + "\n");
        Self {
            before: text.clone(),
            text,
            state: State::Untouched,
        }
    }

    /// What to edit.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether somebody has written in it.
    #[must_use]
    pub fn is_written(&self) -> bool {
        self.state != State::Untouched
    }

    /// `3 lines, 48 bytes`.
    #[must_use]
    pub fn size(&self) -> String {
        let lines = plural(self.text.lines().count(), "line");
        format!("{lines}, {}", plural(self.text.len(), "byte"))
    }

    /// The result to send.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub fn value(&self) -> Result<Value, String> {
        match &self.state {
            State::Good(value) => Ok(value.clone()),
            State::Bad(why) => Err(why.clone()),
            State::Untouched => Err("There is no result yet: Enter opens the editor.".to_owned()),
        }
    }

    /// Takes what was written.
    pub fn take(&mut self, written: EditedText) -> EditorResult {
        let first = !self.is_written();
        if let Some(problem) = written.problem {
            if first {
                let kept = written.text != self.before && !written.text.trim().is_empty();
                if kept {
                    self.text = written.text;
                    self.state = State::Bad(problem.clone());
                }
                return EditorResult::Unchanged(problem);
            }
            return EditorResult::Invalid(format!("{problem}; the previous result is kept"));
        }
        if written.text.trim().is_empty() {
            return EditorResult::Unchanged("the result was left empty".to_owned());
        }
        if first && written.text == self.before {
            return EditorResult::Unchanged("the result was not changed".to_owned());
        }
        self.text = written.text;
        match read(&self.text) {
            Ok(value) => {
                self.state = State::Good(value);
                EditorResult::Accepted
            }
            Err(why) => {
                self.state = State::Bad(why.clone());
                EditorResult::Invalid(why)
            }
        }
    }

    /// Takes up what was written for the same step before.
    pub(super) fn recall(&mut self, before: Self) {
        self.text = before.text;
        self.state = before.state;
    }
}

/// The text as JSON that the database can keep.
fn read(text: &str) -> Result<Value, String> {
    if text.len() > JsonResult::LIMIT {
        return Err(format!(
            "the result has {}; at most {} are sent",
            plural(text.len(), "byte"),
            plural(JsonResult::LIMIT, "byte"),
        ));
    }
    let value = serde_json::from_str(text).map_err(|error| complaint(text, &error))?;
    if redaction::holds_mark(&value) {
        return Err(format!(
            "{} stands for a hidden value: write the value itself",
            redaction::MARK
        ));
    }
    if has_nul(&value) {
        return Err("the database cannot keep \\u0000 in a text".to_owned());
    }
    Ok(value)
}

/// `line 3, column 5: expected value`. Columns are counted in characters, as editors do.
fn complaint(text: &str, error: &serde_json::Error) -> String {
    let said = error.to_string();
    let what = said
        .rsplit_once(" at line ")
        .map_or(&*said, |(what, _)| what);
    let what = match what {
        "expected ident" => "expected true, false or null",
        what => what,
    };
    let line = text.split('\n').nth(error.line().saturating_sub(1));
    let before = line.unwrap_or_default().as_bytes();
    let before = &before[..error.column().min(before.len())];
    let column = String::from_utf8_lossy(before).chars().count().max(1);
    format!("line {}, column {column}: {what}", error.line())
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => {
            let mut members = members.iter();
            members.any(|(name, value)| name.contains('\0') || has_nul(value))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrote(text: &str) -> EditedText {
        EditedText {
            text: text.to_owned(),
            problem: None,
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let mut result = JsonResult::new(None);
        assert_eq!(result.text(), "{}\n");
        assert!(result.value().is_err());
        assert_eq!(result.take(wrote("{\"id\": 7}\n")), EditorResult::Accepted);
        assert_eq!(result.value().unwrap()["id"], 7);
        assert_eq!(result.size(), "1 line, 10 bytes");
    }

    #[test]
    fn it_begins_with_what_the_step_has() {
        let before: Value = serde_json::from_str("{\"b\": 1, \"a\": [2]}").unwrap();
        let result = JsonResult::new(Some(&before));
        assert_eq!(result.text(), "{\n  \"b\": 1,\n  \"a\": [\n    2\n  ]\n}\n");
    }

    #[test]
    fn what_does_not_parse_is_kept_and_said_with_its_place() {
        for (text, want) in [
            (
                "{\n  \"a\": 1\n  \"b\": 2\n}",
                "line 3, column 3: expected `,` or `}`",
            ),
            ("{\"größe\": x}", "line 1, column 11: expected value"),
            ("{\n\n", "line 3, column 1: EOF while parsing an object"),
            (
                "{\"a\": tru}",
                "line 1, column 10: expected true, false or null",
            ),
            ("{} {}", "line 1, column 4: trailing characters"),
            ("{\"a\": \"\\u0000\"}", "\\u0000"),
            ("{\"\\u0000\": 1}", "\\u0000"),
            ("// no\n{}", "line 1, column 1: expected value"),
        ] {
            let mut result = JsonResult::new(None);
            let EditorResult::Invalid(why) = result.take(wrote(text)) else {
                panic!("{text}");
            };
            assert!(why.contains(want), "{text:?}: {why}");
            assert_eq!(result.text(), text);
            assert_eq!(result.value().unwrap_err(), why);
        }
    }

    #[test]
    fn what_is_too_large_is_kept_and_said() {
        let mut result = JsonResult::new(None);
        let text = format!("\"{}\"", "x".repeat(JsonResult::LIMIT));
        let EditorResult::Invalid(why) = result.take(wrote(&text)) else {
            panic!();
        };
        assert!(
            why.contains("1,048,578 bytes; at most 1,048,576 bytes"),
            "{why}"
        );
    }

    #[test]
    fn nothing_written_is_nothing_to_do() {
        for text in ["{}\n", "", " \n"] {
            let taken = JsonResult::new(None).take(wrote(text));
            assert!(
                matches!(taken, EditorResult::Unchanged(_)),
                "{text:?}: {taken:?}"
            );
        }
        let mut result = JsonResult::new(None);
        assert_eq!(result.take(wrote("{ }")), EditorResult::Accepted);
        // Looked at again and left as it is: still what is asked about.
        assert_eq!(result.take(wrote("{ }")), EditorResult::Accepted);
    }

    #[test]
    fn an_editor_that_fails_changes_nothing() {
        let failed = |text: &str| EditedText {
            text: text.to_owned(),
            problem: Some("vi ended with exit code 1".to_owned()),
        };
        let mut result = JsonResult::new(None);
        assert!(matches!(
            result.take(failed("{}\n")),
            EditorResult::Unchanged(_)
        ));
        assert!(!result.is_written());
        result.take(wrote("[1]"));
        assert!(matches!(
            result.take(failed("[2]")),
            EditorResult::Invalid(_)
        ));
        assert_eq!(result.value().unwrap()[0], 1);
    }
}
