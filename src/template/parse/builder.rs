//! From the parser's events to a tree, within bounds.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr::Scalar;
use saphyr_parser::{Event, ScalarStyle, Tag};
use serde_json::{Number, Value};

use super::tree::{Content, Entry, Node, Parsed, Place};
use crate::template::fault::Fault;

/// Values within values.
const MOST_DEPTH: usize = 32;
/// Bytes of text, and [`NODE_WEIGHT`] for each value. Aliases count as what they stand for.
const MOST_WEIGHT: usize = 8 * 1024 * 1024;
const NODE_WEIGHT: usize = 16;

/// A mapping or list that is not complete yet.
struct Open {
    at: Place,
    anchor: usize,
    /// The weight before it began.
    before: usize,
    items: Items,
}

enum Items {
    List(Vec<Node>),
    Map(Keys),
}

/// A mapping's entries so far.
#[derive(Default)]
struct Keys {
    entries: Vec<Entry>,
    /// The line of each key.
    lines: HashMap<String, usize>,
    /// A key whose value comes next.
    waiting: Option<(String, Place)>,
}

impl Keys {
    /// Takes a key, or the value of the one that waits. The fault, if it may not stand here.
    fn put(&mut self, node: Node, path: &str) -> Option<Fault> {
        let Some((key, at)) = self.waiting.take() else {
            let at = node.at;
            let (key, fault) = match node.content {
                Content::Scalar(_, raw) => (raw, None),
                _ => (
                    String::new(),
                    Some(at.fault(path, "a key must be a word, not a structure")),
                ),
            };
            self.waiting = Some((key, at));
            return fault;
        };
        if let Some(line) = self.lines.get(&key) {
            return Some(at.fault(path, format!("this key stands in line {line} already")));
        }
        self.lines.insert(key.clone(), at.line);
        self.entries.push(Entry {
            key,
            at,
            value: node,
        });
        None
    }
}

/// Builds the tree from what the parser says.
#[derive(Default)]
pub(super) struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    weight: usize,
    documents: usize,
    root: Option<Node>,
    faults: Vec<Fault>,
}

type Kept = Result<(), Fault>;

impl Builder {
    /// An error ends the reading.
    pub(super) fn take(&mut self, event: Event<'_>, at: Place) -> Kept {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(at.fault("", "a second document begins: one file is one template"));
                }
                Ok(())
            }
            Event::Alias(anchor) => self.alias(anchor, at),
            Event::Scalar(raw, style, anchor, tag) => {
                let weight = NODE_WEIGHT + raw.len();
                self.burden(raw.len(), at)?;
                let value = self.scalar(&raw, style, tag.as_deref(), at);
                let node = Node {
                    at,
                    content: Content::Scalar(value, raw.into_owned()),
                };
                self.anchor(anchor, &node, weight, at)?;
                self.put(node);
                Ok(())
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_tag(tag.as_deref(), "seq", at);
                self.begin(Items::List(Vec::new()), anchor, at)
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_tag(tag.as_deref(), "map", at);
                self.begin(Items::Map(Keys::default()), anchor, at)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
        }
    }

    /// Counts a value of so many bytes.
    fn burden(&mut self, bytes: usize, at: Place) -> Kept {
        self.weight += NODE_WEIGHT + bytes;
        if self.weight > MOST_WEIGHT {
            return Err(at.fault(
                "",
                "with its aliases written out the file is too large: write less of it",
            ));
        }
        Ok(())
    }

    fn begin(&mut self, items: Items, anchor: usize, at: Place) -> Kept {
        if self.open.len() == MOST_DEPTH {
            let what = format!("nested more than {MOST_DEPTH} deep");
            return Err(at.fault(&self.path(), what));
        }
        let before = self.weight;
        self.burden(0, at)?;
        self.open.push(Open {
            at,
            anchor,
            before,
            items,
        });
        Ok(())
    }

    fn end(&mut self) -> Kept {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let node = Node {
            at: open.at,
            content: match open.items {
                Items::List(items) => Content::List(items),
                Items::Map(keys) => Content::Map(keys.entries),
            },
        };
        let weight = self.weight - open.before;
        self.anchor(open.anchor, &node, weight, open.at)?;
        self.put(node);
        Ok(())
    }

    /// Keeps a copy of what an alias may name later. It weighs as much as the original.
    fn anchor(&mut self, anchor: usize, node: &Node, weight: usize, at: Place) -> Kept {
        if anchor > 0 {
            self.burden(weight, at)?;
            self.anchors.insert(anchor, (node.clone(), weight));
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, at: Place) -> Kept {
        let Some((_, weight)) = self.anchors.get(&anchor) else {
            return Err(at.fault(&self.path(), "an alias that stands for itself"));
        };
        self.burden(*weight, at)?;
        let aliased = self.anchors.get(&anchor).map(|(node, _)| node.clone());
        if let Some(mut node) = aliased {
            // Faults are reported where it is used.
            node.at = at;
            self.put(node);
        }
        Ok(())
    }

    /// Puts a complete value where it belongs.
    fn put(&mut self, node: Node) {
        let path = self.path();
        match self.open.last_mut().map(|open| &mut open.items) {
            None => self.root = Some(node),
            Some(Items::List(items)) => items.push(node),
            Some(Items::Map(keys)) => {
                if let Some(fault) = keys.put(node, &path) {
                    self.faults.push(fault);
                }
            }
        }
    }

    fn scalar(&mut self, raw: &str, style: ScalarStyle, tag: Option<&Tag>, at: Place) -> Value {
        let tag: Option<Cow<'_, Tag>> = tag.map(Cow::Borrowed);
        let foreign = tag.as_ref().is_some_and(|tag| !tag.is_yaml_core_schema());
        let scalar = Scalar::parse_from_cow_and_metadata(raw.into(), style, tag.as_ref());
        let value = match scalar {
            _ if foreign => Err("tags have no meaning here: leave it out"),
            None => Err("the value is not what its tag says"),
            Some(scalar) => json(scalar, raw),
        };
        value.unwrap_or_else(|what| {
            self.faults.push(at.fault(&self.path(), what));
            Value::Null
        })
    }

    fn refuse_tag(&mut self, tag: Option<&Tag>, expected: &str, at: Place) {
        let fits = |tag: &Tag| tag.is_yaml_core_schema() && tag.suffix == expected;
        if tag.is_some_and(|tag| !fits(tag)) {
            let fault = at.fault(&self.path(), "tags have no meaning here: leave it out");
            self.faults.push(fault);
        }
    }

    /// Where the next value belongs.
    fn path(&self) -> String {
        let words = self
            .open
            .iter()
            .enumerate()
            .map(|(depth, open)| match &open.items {
                Items::List(items) => format!("[{}]", items.len() + 1),
                Items::Map(keys) => match &keys.waiting {
                    Some((key, _)) if depth == 0 => key.clone(),
                    Some((key, _)) => format!(".{key}"),
                    None => String::new(),
                },
            });
        words.collect()
    }

    /// Ends with a fault after which nothing can be read.
    pub(super) fn give_up(mut self, fault: Fault) -> Parsed {
        self.faults.push(fault);
        Parsed {
            root: None,
            faults: self.faults,
        }
    }

    /// The tree.
    pub(super) fn finish(mut self) -> Parsed {
        let empty = Place { line: 1, column: 1 };
        if self.root.as_ref().is_none_or(Node::is_null) && self.faults.is_empty() {
            self.root = None;
            self.faults.push(empty.fault("", "the file is empty"));
        }
        Parsed {
            root: self.root,
            faults: self.faults,
        }
    }
}

/// What a scalar means in JSON, if there is such a thing.
fn json(scalar: Scalar<'_>, raw: &str) -> Result<Value, &'static str> {
    match scalar {
        Scalar::Null => Ok(Value::Null),
        Scalar::Boolean(flag) => Ok(flag.into()),
        Scalar::Integer(whole) => Ok(whole.into()),
        Scalar::String(text) if text.contains('\0') => {
            Err("holds a NUL character, which the database cannot keep")
        }
        Scalar::String(text) => Ok(text.into_owned().into()),
        Scalar::FloatingPoint(_) if is_digits(raw) => Err("this number has too many digits"),
        Scalar::FloatingPoint(real) => Number::from_f64(real.0)
            .map(Value::Number)
            .ok_or("this is no number that can be kept"),
    }
}

fn is_digits(raw: &str) -> bool {
    raw.trim_start_matches(['+', '-'])
        .bytes()
        .all(|byte| byte.is_ascii_digit())
}
