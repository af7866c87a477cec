//! Searching the snapshot of a task, and walking what is found.

use crate::app::App;
use crate::app::action::{Edit, Tab};
use crate::app::detail::DetailScreen;

impl App {
    /// What is typed is looked for in the snapshot.
    #[must_use]
    pub fn is_searching(&self) -> bool {
        let on_top = self.screen.popup.is_none() && self.screen.operator_log.is_none();
        on_top && self.detail.as_ref().is_some_and(DetailScreen::is_searching)
    }

    /// The snapshot, if it is on screen.
    fn searched(&mut self) -> Option<&mut DetailScreen> {
        let hidden = self.screen.operator_log.is_some();
        let screen = self.detail.as_mut().filter(|_| !hidden)?;
        (screen.tab == Tab::Snapshot).then_some(screen)
    }

    /// Says whether there is a snapshot on screen to search.
    pub(in crate::app) fn begin_search(&mut self) -> bool {
        let Some(screen) = self.searched() else {
            return false;
        };
        if screen.tree.node(0).is_none() {
            self.say("there is no snapshot to search");
        } else {
            screen.tree.begin_search();
        }
        true
    }

    pub(in crate::app) fn edit_search(&mut self, edit: &Edit) {
        if let Some(screen) = self.searched().filter(|screen| screen.is_searching()) {
            screen.tree.edit_search(edit);
        }
    }

    /// Says whether one was being typed.
    pub(in crate::app) fn keep_search(&mut self) -> bool {
        let Some(screen) = self.searched().filter(|screen| screen.is_searching()) else {
            return false;
        };
        screen.tree.keep_search();
        true
    }

    /// Says whether there was one.
    pub(in crate::app) fn end_search(&mut self) -> bool {
        self.searched()
            .is_some_and(|screen| screen.tree.end_search())
    }

    pub(in crate::app) fn go_to_match(&mut self, by: isize) {
        match self.searched() {
            Some(screen) if screen.tree.search.is_none() => self.say("search first: /"),
            Some(screen) => {
                if !screen.tree.next_match(by) {
                    self.say("no line has it");
                }
            }
            None => self.say("only the Snapshot can be searched: 3, then /"),
        }
    }

    pub(in crate::app) fn walk(&mut self, by: isize) {
        match self.detail.as_mut().map(|screen| screen.walk(by)) {
            Some(Some(Err(why))) => self.say(why),
            Some(Some(Ok(()))) => {}
            Some(None) | None => self.cycle(by),
        }
    }
}
