//! Which part of something long is on screen.

use std::cell::Cell;

use super::action::Move;

/// How far something is scrolled, and how much of it could be seen the last time.
///
/// Only drawing knows how high a pane is and how long its text is once wrapped, so drawing notes
/// both here: the one thing it may write. Nothing but scrolling depends on them.
#[derive(Debug, Clone, Default)]
pub struct Viewport {
    offset: Cell<usize>,
    height: Cell<usize>,
    total: Cell<usize>,
}

impl Viewport {
    /// The first line to draw so that `cursor` is seen, moving as little as possible.
    pub fn follow(&self, cursor: usize, height: usize, total: usize) -> usize {
        self.height.set(height);
        self.total.set(total);
        let lowest = cursor.saturating_sub(height.saturating_sub(1));
        let highest = total.saturating_sub(height);
        let offset = self.offset.get().clamp(lowest, cursor.max(lowest));
        self.offset.set(offset.min(highest.max(lowest)));
        self.offset.get()
    }

    /// The first line drawn.
    #[must_use]
    pub fn at(&self) -> usize {
        self.offset.get()
    }

    /// How many lines could be seen the last time.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height.get()
    }

    /// The first line to draw of text that has no cursor.
    pub fn clamp(&self, height: usize, total: usize) -> usize {
        self.height.set(height);
        self.total.set(total);
        let highest = total.saturating_sub(height);
        self.offset.set(self.offset.get().min(highest));
        self.offset.get()
    }

    /// Where a cursor at `at` of `len` rows goes.
    #[must_use]
    pub fn moved(&self, at: usize, len: usize, step: Move) -> usize {
        let page = self.height.get().max(2);
        let last = len.saturating_sub(1);
        let to = match step {
            Move::Up => at.saturating_sub(1),
            Move::Down => at.saturating_add(1),
            Move::HalfUp => at.saturating_sub(page / 2),
            Move::HalfDown => at.saturating_add(page / 2),
            Move::PageUp => at.saturating_sub(page - 1),
            Move::PageDown => at.saturating_add(page - 1),
            Move::Top => 0,
            Move::Bottom => last,
        };
        to.min(last)
    }

    /// Scrolls text that has no cursor.
    pub fn scroll(&mut self, step: Move) {
        let lines = self.total.get().saturating_sub(self.height.get()) + 1;
        self.offset.set(self.moved(self.offset.get(), lines, step));
    }

    /// Back to the top.
    pub fn reset(&mut self) {
        self.offset.set(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_is_always_in_sight() {
        let view = Viewport::default();
        for (cursor, height, total, want) in [
            (0, 5, 20, 0),
            (4, 5, 20, 0),
            (5, 5, 20, 1),
            (19, 5, 20, 15),
            (17, 5, 20, 15),
            (14, 5, 20, 14),
            (2, 5, 3, 0),
            (0, 0, 0, 0),
            (3, 0, 9, 3),
        ] {
            let got = view.follow(cursor, height, total);
            assert_eq!(got, want, "row {cursor} of {total} in {height} lines");
        }
    }

    #[test]
    fn scrolling_stops_at_the_last_line() {
        let mut view = Viewport::default();
        view.clamp(10, 25);
        view.scroll(Move::Bottom);
        assert_eq!(view.clamp(10, 25), 15);
        view.scroll(Move::Down);
        assert_eq!(view.clamp(10, 25), 15);
        view.scroll(Move::Up);
        assert_eq!(view.clamp(10, 25), 14);
    }
}
