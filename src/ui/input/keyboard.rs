//! The keyboard, which can be put away while another program reads it.

use std::io;

use crossterm::event::Event;

/// Where keys come from.
pub trait Keys {
    /// Waits for keys. Those that came together are returned together, because nobody saw what the first of them
    /// did before the last was sent. `None` if there will be no more. It may be dropped at any time: nothing is lost.
    fn next(&mut self) -> impl Future<Output = Option<io::Result<Vec<Event>>>>;
    /// Reads nothing more: what is typed from here on is another program's.
    fn pause(&mut self);
    /// Reads again. What was typed before is nobody's any more.
    fn resume(&mut self);
}

impl<K: Keys> Keys for &mut K {
    fn next(&mut self) -> impl Future<Output = Option<io::Result<Vec<Event>>>> {
        (**self).next()
    }

    fn pause(&mut self) {
        (**self).pause();
    }

    fn resume(&mut self) {
        (**self).resume();
    }
}
