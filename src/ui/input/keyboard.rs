//! The keyboard, which can be put away while another program reads it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crossterm::event::{self, Event, EventStream};
use futures_util::Stream;

/// Where keys come from.
pub trait Keys: Stream<Item = io::Result<Event>> + Unpin {
    /// Reads nothing more: what is typed from here on is another program's.
    fn pause(&mut self);
    /// Reads again. What was typed before is nobody's any more.
    fn resume(&mut self);
}

impl<K: Keys + ?Sized> Keys for &mut K {
    fn pause(&mut self) {
        (**self).pause();
    }

    fn resume(&mut self) {
        (**self).resume();
    }
}

/// The terminal's own keyboard.
#[derive(Debug)]
pub struct Keyboard(Option<EventStream>);

impl Keyboard {
    /// Begins to read.
    #[must_use]
    pub fn open() -> Self {
        Self(Some(EventStream::new()))
    }
}

impl Stream for Keyboard {
    type Item = io::Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match &mut self.0 {
            Some(events) => Pin::new(events).poll_next(cx),
            None => Poll::Pending,
        }
    }
}

impl Keys for Keyboard {
    fn pause(&mut self) {
        // As long as there is one, a thread of its own reads the terminal.
        self.0 = None;
    }

    fn resume(&mut self) {
        // Keys that were typed into the editor a moment too early or too late are not ours to act on.
        while event::poll(Duration::ZERO).is_ok_and(|is_there| is_there) {
            if event::read().is_err() {
                break;
            }
        }
        self.0 = Some(EventStream::new());
    }
}
