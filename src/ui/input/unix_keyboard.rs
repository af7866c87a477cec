//! The keyboard of a terminal on Unix.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use crossterm::event::Event;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, sleep_until};

use super::key_parser::KeyParser;
use super::keyboard::Keys;
use super::tty::Tty;
use crate::keymap::one_read::looks_pasted;

/// What was pasted comes in several reads if it is long, without a pause between them: nobody types so.
const PASTE_PAUSE: Duration = Duration::from_millis(15);
/// A terminal that has gone is told of by a signal, and that decides how the program ends. Without one, this
/// long after, it is an error.
const GONE_WAIT: Duration = Duration::from_secs(3);
/// A terminal hands out no more at once.
const ONE_READ: usize = 8_192;

/// The terminal's own keyboard.
#[derive(Debug)]
pub struct Keyboard {
    /// None while another program reads it, or once it cannot be read any more.
    tty: Option<Tty>,
    resized: Signal,
    parser: KeyParser,
    /// What came together, the oldest first.
    reads: VecDeque<Vec<Event>>,
    /// Until when more may come of the last of them.
    grows_until: Option<Instant>,
    broken: Option<Broken>,
    buffer: Box<[u8]>,
}

/// Why it cannot be read any more, and from when on that is an error.
#[derive(Debug)]
struct Broken {
    error: io::Error,
    from: Instant,
}

/// What was waited for.
enum KeyboardEvent {
    Bytes(io::Result<usize>),
    /// What was held back is whole, or a key.
    Late,
    Resized,
}

impl Keyboard {
    /// Begins to read.
    ///
    /// # Errors
    ///
    /// If standard input cannot be waited for.
    pub fn open() -> io::Result<Self> {
        Ok(Self {
            tty: Some(Tty::open()?),
            resized: signal(SignalKind::window_change())?,
            parser: KeyParser::default(),
            reads: VecDeque::new(),
            grows_until: None,
            broken: None,
            buffer: vec![0; ONE_READ].into(),
        })
    }

    /// What is whole, if anything is.
    fn whole(&mut self, now: Instant) -> Option<Vec<Event>> {
        let last_grows = self.grows_until.is_some_and(|until| now < until);
        if last_grows && self.reads.len() == 1 {
            return None;
        }
        let read = self.reads.pop_front();
        if self.reads.is_empty() {
            self.grows_until = None;
        }
        read
    }

    fn take(&mut self, bytes: usize, now: Instant) {
        let mut reads = self.parser.feed(&self.buffer[..bytes], now).into_iter();
        if self.grows_until.is_some_and(|until| now < until)
            && let Some(last) = self.reads.back_mut()
        {
            last.extend(reads.next().into_iter().flatten());
        }
        self.reads.extend(reads);
        let pasted = self.reads.back().is_some_and(|read| looks_pasted(read));
        self.grows_until = pasted.then_some(now + PASTE_PAUSE);
    }

    /// Nothing came for a while: what was held back are keys.
    fn release(&mut self, now: Instant) {
        if let Some(key) = self.parser.expire(now) {
            self.grows_until = None;
            self.reads.push_back(vec![key]);
        }
    }

    fn fail(&mut self, error: io::Error) {
        self.tty = None;
        self.broken = Some(Broken {
            error,
            from: Instant::now() + GONE_WAIT,
        });
    }

    async fn wait(&mut self) -> KeyboardEvent {
        let late = [self.parser.deadline(), self.grows_until];
        let late = late.into_iter().flatten().min();
        tokio::select! {
            biased;
            _ = self.resized.recv() => KeyboardEvent::Resized,
            read = read(self.tty.as_ref(), &mut self.buffer) => KeyboardEvent::Bytes(read),
            () = until(late) => KeyboardEvent::Late,
        }
    }
}

async fn read(tty: Option<&Tty>, buffer: &mut [u8]) -> io::Result<usize> {
    match tty {
        Some(tty) => tty.read(buffer).await,
        None => std::future::pending().await,
    }
}

/// Waits for ever if there is nothing to wait for.
async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

impl Keys for Keyboard {
    async fn next(&mut self) -> Option<io::Result<Vec<Event>>> {
        loop {
            if let Some(read) = self.whole(Instant::now()) {
                return Some(Ok(read));
            }
            if let Some(broken) = &self.broken {
                sleep_until(broken.from).await;
                return self.broken.take().map(|broken| Err(broken.error));
            }
            match self.wait().await {
                KeyboardEvent::Bytes(Ok(0)) => self.fail(io::ErrorKind::UnexpectedEof.into()),
                KeyboardEvent::Bytes(Ok(bytes)) => self.take(bytes, Instant::now()),
                KeyboardEvent::Bytes(Err(error)) => self.fail(error),
                KeyboardEvent::Late => self.release(Instant::now()),
                KeyboardEvent::Resized => {
                    let (columns, rows) = crossterm::terminal::size().unwrap_or_default();
                    return Some(Ok(vec![Event::Resize(columns, rows)]));
                }
            }
        }
    }

    fn pause(&mut self) {
        self.tty = None;
        self.reads.clear();
        self.grows_until = None;
        self.parser = KeyParser::default();
    }

    fn resume(&mut self) {
        match Tty::open() {
            Ok(tty) => {
                // Keys that were typed into the editor a moment too early or too late are not ours to act on.
                tty.forget();
                self.tty = Some(tty);
            }
            Err(error) => self.fail(error),
        }
    }
}
