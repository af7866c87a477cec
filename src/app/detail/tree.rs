//! A JSON value as a tree of lines: folded and unfolded, searched, walked, copied from.

mod find;
mod search;

use std::collections::HashSet;

use serde_json::Value;

pub use self::search::Search;
use crate::data::model::safe_text::SafeText;

/// What a line is called in what holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Label {
    Key(String),
    Index(usize),
    Whole,
}

/// What a line holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// So many keys.
    Object(usize),
    /// So many items.
    Array(usize),
    /// A value, as JSON writes it.
    Scalar(SafeText),
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    label: Label,
    parent: Option<usize>,
    /// One past the last line that it holds.
    end: usize,
    /// How deep it lies.
    pub depth: usize,
    /// What it is called, safe to show; of an item that has a name, with it.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

impl Node {
    /// Whether there is something in it to fold.
    #[must_use]
    pub fn folds(&self) -> bool {
        !matches!(
            self.kind,
            Kind::Scalar(_) | Kind::Object(0) | Kind::Array(0)
        )
    }
}

/// A JSON value, with the cursor and what is folded. Lines are named by their place when nothing is
/// folded.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    nodes: Vec<Node>,
    folded: HashSet<usize>,
    cursor: usize,
    /// Secrets are shown.
    pub reveals: bool,
    /// The search, if there is one.
    pub search: Option<Search>,
}

impl Tree {
    /// Shows another value. A search goes on in it.
    pub fn set(&mut self, value: Option<&Value>) {
        self.nodes.clear();
        self.folded.clear();
        self.cursor = 0;
        match value {
            Some(value @ (Value::Object(_) | Value::Array(_))) => self.add_within(value, None, 0),
            Some(value) => self.add(value, Label::Whole, None, 0),
            None => {}
        }
        if let Some(search) = &mut self.search {
            (search.from, search.folded) = (0, HashSet::new());
        }
        self.find_hits();
    }

    fn add(&mut self, value: &Value, label: Label, parent: Option<usize>, depth: usize) {
        let at = self.nodes.len();
        let kind = match value {
            Value::Object(map) => Kind::Object(map.len()),
            Value::Array(items) => Kind::Array(items.len()),
            scalar => Kind::Scalar(self.safe(&scalar.to_string())),
        };
        let name = match &label {
            Label::Key(key) => self.safe(key).to_string(),
            Label::Index(n) => match value.get("name").and_then(Value::as_str) {
                Some(name) => format!("[{n}] {}", self.safe(name)),
                None => format!("[{n}]"),
            },
            Label::Whole => String::new(),
        };
        self.nodes.push(Node {
            label,
            parent,
            end: at + 1,
            depth,
            name,
            kind,
        });
        self.add_within(value, Some(at), depth + 1);
        self.nodes[at].end = self.nodes.len();
    }

    fn safe(&self, text: &str) -> SafeText {
        let text = SafeText::new(text);
        if self.reveals { text.revealed() } else { text }
    }

    fn add_within(&mut self, value: &Value, parent: Option<usize>, depth: usize) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    self.add(value, Label::Key(key.clone()), parent, depth);
                }
            }
            Value::Array(items) => {
                for (n, value) in items.iter().enumerate() {
                    self.add(value, Label::Index(n), parent, depth);
                }
            }
            _ => {}
        }
    }

    /// The line of this number.
    #[must_use]
    pub fn node(&self, at: usize) -> Option<&Node> {
        self.nodes.get(at)
    }

    /// The line under the cursor.
    #[must_use]
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Whether what is in a line is hidden.
    #[must_use]
    pub fn is_folded(&self, at: usize) -> bool {
        self.folded.contains(&at)
    }

    /// The lines that no fold hides.
    #[must_use]
    pub fn visible(&self) -> Vec<usize> {
        let mut visible = Vec::new();
        let mut at = 0;
        while let Some(node) = self.nodes.get(at) {
            visible.push(at);
            at = if self.is_folded(at) { node.end } else { at + 1 };
        }
        visible
    }

    /// The line of what `parent` holds by this key; of the whole without one.
    #[must_use]
    pub fn child(&self, parent: Option<usize>, key: &str) -> Option<usize> {
        self.within(parent)
            .find(|at| matches!(&self.nodes[*at].label, Label::Key(one) if one == key))
    }

    /// The lines directly in `parent`.
    pub fn within(&self, parent: Option<usize>) -> impl Iterator<Item = usize> {
        let (first, end) = match parent.and_then(|at| Some((at, self.nodes.get(at)?))) {
            Some((at, node)) => (at + 1, node.end),
            None => (0, self.nodes.len()),
        };
        std::iter::successors(Some(first), |at| Some(self.nodes.get(*at)?.end))
            .take_while(move |at| *at < end)
    }

    /// The first of `lines` that lies in `at`, not being it.
    #[must_use]
    pub fn has_within(&self, at: usize, lines: impl Iterator<Item = usize>) -> bool {
        let end = self.nodes.get(at).map_or(0, |node| node.end);
        lines.into_iter().any(|line| line > at && line < end)
    }

    /// Puts the cursor on a line that can be seen.
    pub fn go_to(&mut self, at: usize) {
        self.cursor = at.min(self.nodes.len().saturating_sub(1));
    }

    /// To the next or previous of the outermost lines.
    pub fn go_outermost(&mut self, by: isize) {
        let outermost: Vec<usize> = self.within(None).collect();
        let here = outermost.partition_point(|at| *at <= self.cursor);
        let at = here.saturating_sub(1).saturating_add_signed(by);
        if let Some(at) = outermost.get(at).or_else(|| outermost.last()) {
            self.cursor = *at;
        }
    }

    /// Folds or unfolds the line under the cursor, or folds what holds it.
    pub fn fold(&mut self) {
        let at = self.cursor;
        if self.folded.remove(&at) {
            return;
        }
        let Some(node) = self.nodes.get(at) else {
            return;
        };
        if let Some(at) = if node.folds() { Some(at) } else { node.parent } {
            self.folded.insert(at);
            self.cursor = at;
        }
    }

    /// In: unfolds the line, or goes to the first that it holds. Out: folds it, or goes to the one
    /// that holds it.
    pub fn walk(&mut self, by: isize) {
        let at = self.cursor;
        let Some(node) = self.nodes.get(at) else {
            return;
        };
        let open = node.folds() && !self.is_folded(at);
        match (by > 0, open) {
            (true, true) => self.cursor = at + 1,
            (true, false) => {
                self.folded.remove(&at);
            }
            (false, true) => {
                self.folded.insert(at);
            }
            (false, false) => self.cursor = node.parent.unwrap_or(at),
        }
    }

    /// Where the line under the cursor is, as `jq` writes it: `.steps[0].state`.
    #[must_use]
    pub fn path(&self) -> Option<String> {
        let parts: Vec<String> = self.labels(self.cursor)?.into_iter().map(step).collect();
        let path = parts.concat();
        let dot = if path.starts_with('.') { "" } else { "." };
        let path = format!("{dot}{path}");
        Some(SafeText::new(&path).to_string())
    }

    /// What the line under the cursor holds of `whole`: a text as it reads, anything else as JSON.
    #[must_use]
    pub fn value(&self, whole: &Value) -> Option<String> {
        let mut found = self.labels(self.cursor)?.into_iter();
        let found = found.try_fold(whole, |value, label| match label {
            Label::Key(key) => value.get(key),
            Label::Index(n) => value.get(n),
            Label::Whole => Some(value),
        })?;
        let text = match found {
            Value::String(text) => text.clone(),
            other => serde_json::to_string_pretty(other).ok()?,
        };
        Some(SafeText::new(&text).as_str().to_owned())
    }

    /// From the outermost to the line itself.
    fn labels(&self, at: usize) -> Option<Vec<&Label>> {
        let mut labels = vec![&self.nodes.get(at)?.label];
        let mut up = self.nodes.get(at)?.parent;
        while let Some(node) = up.and_then(|at| self.nodes.get(at)) {
            labels.push(&node.label);
            up = node.parent;
        }
        labels.reverse();
        Some(labels)
    }
}

/// One step of a path.
fn step(label: &Label) -> String {
    match label {
        Label::Key(key) if is_word(key) => format!(".{key}"),
        Label::Key(key) => format!("[{}]", Value::String(key.clone())),
        Label::Index(n) => format!("[{n}]"),
        Label::Whole => String::new(),
    }
}

fn is_word(key: &str) -> bool {
    let first = key.chars().next();
    first.is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
