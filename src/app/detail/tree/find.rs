//! Looking for a word in the tree: it unfolds what has it, and folds it again.

use super::{Kind, Label, Tree};
use crate::app::action::Edit;

impl Tree {
    /// Begins a search, or takes up the one there is.
    pub fn begin_search(&mut self) {
        let search = self.search.get_or_insert_default();
        search.typing = true;
        search.from = self.cursor;
        search.folded.clone_from(&self.folded);
    }

    /// Changes what is looked for, and goes to the first line from where the search began.
    pub fn edit_search(&mut self, edit: &Edit) {
        let Some(search) = &mut self.search else {
            return;
        };
        search.field.apply(edit);
        // What was passed on the way to what is wanted is folded again.
        self.folded.clone_from(&search.folded);
        self.find_hits();
        if let Some(search) = &self.search {
            let next = search.hits.iter().find(|at| **at >= search.from);
            let at = next.or(search.hits.first()).copied();
            self.reveal(at.unwrap_or(search.from));
        }
    }

    /// Keeps the search, so that its lines can be walked; one for nothing is ended.
    pub fn keep_search(&mut self) {
        match &mut self.search {
            Some(search) if search.field.text().is_empty() => self.search = None,
            Some(search) => search.typing = false,
            None => {}
        }
    }

    /// Ends the search; while it was still typed, the cursor goes back. Says whether there was one.
    pub fn end_search(&mut self) -> bool {
        let Some(search) = self.search.take() else {
            return false;
        };
        if search.typing {
            self.folded = search.folded;
            self.cursor = search.from;
        }
        true
    }

    /// To the next or previous line that has it, round the end. Says whether there is one.
    pub fn next_match(&mut self, by: isize) -> bool {
        let Some(search) = &self.search else {
            return false;
        };
        let hits = &search.hits;
        let here = hits.partition_point(|at| *at < self.cursor);
        let on_one = hits.get(here) == Some(&self.cursor);
        let to = match (by > 0, on_one) {
            (true, true) => here + 1,
            (true, false) => here,
            (false, _) => here.checked_sub(1).unwrap_or(hits.len().saturating_sub(1)),
        };
        let Some(at) = hits.get(to).or(hits.first()).copied() else {
            return false;
        };
        self.reveal(at);
        true
    }

    /// `3 of 17`: which of the lines that have it the cursor is on.
    #[must_use]
    pub fn match_at(&self) -> Option<(usize, usize)> {
        let hits = &self.search.as_ref()?.hits;
        let at = hits.binary_search(&self.cursor).map_or(0, |at| at + 1);
        Some((at, hits.len()))
    }

    /// Whether the line has what is looked for.
    #[must_use]
    pub fn is_match(&self, at: usize) -> bool {
        let hits = self.search.as_ref().map(|search| &search.hits);
        hits.is_some_and(|hits| hits.binary_search(&at).is_ok())
    }

    pub(super) fn find_hits(&mut self) {
        let Some(search) = &mut self.search else {
            return;
        };
        let wanted = search.field.text().to_lowercase();
        search.hits.clear();
        if wanted.is_empty() {
            return;
        }
        let has = |text: &str| text.to_lowercase().contains(&wanted);
        let found = self.nodes.iter().enumerate().filter(|(_, node)| {
            let value = matches!(&node.kind, Kind::Scalar(text) if has(text.as_str()));
            // The name that an item is shown by is a line of its own.
            let key = match &node.label {
                Label::Key(_) => has(&node.name),
                Label::Index(_) | Label::Whole => false,
            };
            key || value
        });
        search.hits = found.map(|(at, _)| at).collect();
    }

    /// Goes to a line and unfolds what hides it.
    fn reveal(&mut self, at: usize) {
        self.go_to(at);
        let mut up = self.nodes.get(self.cursor).and_then(|node| node.parent);
        while let Some(at) = up {
            self.folded.remove(&at);
            up = self.nodes.get(at).and_then(|node| node.parent);
        }
    }
}
