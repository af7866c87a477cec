//! A YAML document as a tree in which every value knows its place.

use saphyr_parser::Span;
use serde_json::Value;

use crate::template::fault::Fault;

/// Where a value begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Place {
    /// A fault that was found here.
    pub(crate) fn fault(self, path: &str, what: impl AsRef<str>) -> Fault {
        Fault {
            line: self.line,
            column: self.column,
            path: path.into(),
            what: what.as_ref().into(),
        }
    }
}

impl From<Span> for Place {
    fn from(span: Span) -> Self {
        Self {
            line: span.start.line(),
            column: span.start.col() + 1,
        }
    }
}

/// A value and its place.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) at: Place,
    pub(crate) content: Content,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// What it means, and how it was spelt.
    Scalar(Value, String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) at: Place,
    pub(crate) value: Node,
}

impl Node {
    /// The value of a key, if this is a mapping that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Content::Map(entries) = &self.content else {
            return None;
        };
        let entry = entries.iter().find(|entry| entry.key == key)?;
        Some(&entry.value)
    }

    /// The text, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(Value::String(text), _) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is a whole one.
    pub(crate) fn whole(&self) -> Option<i64> {
        match &self.content {
            Content::Scalar(value, _) => value.as_i64(),
            _ => None,
        }
    }

    /// The items, if it is a list.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.content {
            Content::List(items) => items,
            _ => &[],
        }
    }

    /// Whether it is empty.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self.content, Content::Scalar(Value::Null, _))
    }
}

/// What became of a text.
pub(crate) struct Parsed {
    /// Nothing if the text is not one YAML document.
    pub(crate) root: Option<Node>,
    pub(crate) faults: Vec<Fault>,
}
