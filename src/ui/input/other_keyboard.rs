//! The keyboard of a terminal that hands out keys and not bytes.

use std::io;
use std::time::Duration;

use crossterm::event::{self, Event, EventStream};
use futures_util::{FutureExt as _, StreamExt as _};

use super::keyboard::Keys;

/// The terminal's own keyboard.
#[derive(Debug)]
pub struct Keyboard(Option<EventStream>);

impl Keyboard {
    /// Begins to read.
    ///
    /// # Errors
    ///
    /// None here.
    pub fn open() -> io::Result<Self> {
        Ok(Self(Some(EventStream::new())))
    }
}

impl Keys for Keyboard {
    async fn next(&mut self) -> Option<io::Result<Vec<Event>>> {
        let Some(events) = &mut self.0 else {
            return std::future::pending().await;
        };
        let mut read = match events.next().await? {
            Ok(event) => vec![event],
            Err(error) => return Some(Err(error)),
        };
        // What is there already came with it.
        while let Some(Some(Ok(event))) = events.next().now_or_never() {
            read.push(event);
        }
        Some(Ok(read))
    }

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
