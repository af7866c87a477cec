//! Searching the snapshot of a task, and walking what is found.

use super::DetailScreen;
use crate::app::message::Message;

impl DetailScreen {
    /// Begins to search the snapshot, if there is one.
    pub fn begin_search(&mut self) -> Option<Message> {
        if self.tree.node(0).is_none() {
            return Some(Message::info("there is no snapshot to search"));
        }
        self.tree.begin_search();
        None
    }

    /// Goes to the next or previous line that has what is searched for.
    pub fn go_to_match(&mut self, by: isize) -> Option<Message> {
        if self.tree.search.is_none() {
            return Some(Message::info("search first: /"));
        }
        let found = self.tree.next_match(by);
        (!found).then(|| Message::info("no match"))
    }
}
