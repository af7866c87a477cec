//! A search of the tree: what is looked for, and what it found.

use std::collections::HashSet;

use crate::app::text_input::TextInput;

/// A search: at work while it is typed, and kept until it is ended.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// What is looked for.
    pub field: TextInput,
    /// It is still being typed.
    pub typing: bool,
    /// The lines that have it.
    pub hits: Vec<usize>,
    /// Where the cursor was before, and what was folded.
    pub(super) from: usize,
    pub(super) folded: HashSet<usize>,
}
