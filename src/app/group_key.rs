//! The key of a group of failures: template, step and the error's fingerprint. Plain data, and how it is
//! written in a filter.
//!
//! `lists/error_to_group.rs` computes it for a row, `data/fingerprint` decides which errors are the same.

use std::fmt;

use crate::app::format::reason_in_words;
use crate::data::model::safe_text::SafeText;

/// Between the parts of a group's name.
const BETWEEN: &str = " · ";
/// The dot of [`BETWEEN`].
const DOT: char = '·';
/// How a group is called that has no step.
const NO_STEP: &str = "no step";

/// What the entries of a group have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupKey {
    /// The template: `payments/charge_order`.
    pub template: String,
    /// The step that needs an operator; empty if none is named.
    pub step: String,
    /// The fingerprint of its error; empty if there is none.
    pub error: String,
    /// Why the entries were opened, if they have no error to be told apart by; else empty.
    pub reason: String,
}

impl GroupKey {
    /// What its entries have in common, in a few words: the error, or else the reason.
    #[must_use]
    pub fn name(&self) -> String {
        if self.error.is_empty() {
            reason_in_words(&self.reason)
        } else {
            self.error.clone()
        }
    }

    /// The filter that lets this group through and nothing else: `group:"template · step · error"`. What is
    /// not there stands in brackets, `(no step)`, and so does the reason of a group without an error. A
    /// backslash stands before a character of the text that would be taken for something else.
    #[must_use]
    pub fn term(&self) -> String {
        let step = match self.step.as_str() {
            "" => format!("({NO_STEP})"),
            step => written(step),
        };
        let error = match self.error.as_str() {
            "" => format!("({})", written(&self.reason)),
            error => written(error),
        };
        let template = written(&self.template);
        format!("group:\"{template}{BETWEEN}{step}{BETWEEN}{error}\"")
    }

    /// Reads what stands between the quotes of a [`term`](Self::term). `None` if it does not have the three
    /// parts.
    #[must_use]
    pub fn read(written: &str) -> Option<Self> {
        let mut parts = parts(written).into_iter();
        let (template, step, error) = (parts.next()?, parts.next()?, parts.next()?);
        let (error, reason) = if error.in_brackets {
            (String::new(), error.text)
        } else {
            (error.text, String::new())
        };
        let no_step = step.in_brackets && step.text == NO_STEP;
        Some(Self {
            template: template.bracketed(),
            step: if no_step {
                String::new()
            } else {
                step.bracketed()
            },
            error,
            reason,
        })
    }
}

impl fmt::Display for GroupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match self.step.as_str() {
            "" => NO_STEP,
            step => step,
        };
        let name = format!("{}{BETWEEN}{step}{BETWEEN}{}", self.template, self.name());
        SafeText::new(&name).fmt(f)
    }
}

/// A part of a group's name as it is written in a filter.
fn written(part: &str) -> String {
    let mut written = String::with_capacity(part.len());
    for (at, c) in part.char_indices() {
        match c {
            '\n' => {
                written.push_str("\\n");
                continue;
            }
            '\\' | '"' | DOT => written.push('\\'),
            '(' if at == 0 => written.push('\\'),
            _ => {}
        }
        written.push(c);
    }
    written
}

/// A part of a group's name as it was read.
#[derive(Default)]
struct Part {
    text: String,
    in_brackets: bool,
}

impl Part {
    /// A part that may not stand in brackets, so that these are its own.
    fn bracketed(self) -> String {
        if self.in_brackets {
            format!("({})", self.text)
        } else {
            self.text
        }
    }
}

/// The parts between dots that have no backslash; a third has all the rest.
fn parts(written: &str) -> Vec<Part> {
    let mut parts = vec![Part::default()];
    let mut opened = false;
    let mut chars = written.chars().peekable();
    while let Some(c) = chars.next() {
        let count = parts.len();
        let Some(part) = parts.last_mut() else { break };
        match c {
            '\\' => match chars.next() {
                Some('n') => part.text.push('\n'),
                Some(other) => part.text.push(other),
                None => part.text.push(c),
            },
            DOT if count < 3 && part.text.ends_with(' ') && chars.peek() == Some(&' ') => {
                chars.next();
                part.text.pop();
                close(part, opened);
                opened = false;
                parts.push(Part::default());
            }
            '(' if part.text.is_empty() && !opened => opened = true,
            _ => part.text.push(c),
        }
    }
    if let Some(part) = parts.last_mut() {
        close(part, opened);
    }
    parts
}

/// A bracket that opened a part counts only if another ends it.
fn close(part: &mut Part, opened: bool) {
    if !opened {
        return;
    }
    match part.text.strip_suffix(')') {
        Some(within) => {
            part.text = within.to_owned();
            part.in_brackets = true;
        }
        None => part.text.insert(0, '('),
    }
}
