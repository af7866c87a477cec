//! The operator's terminal: taken, and given back as it was whatever happens.

use std::io::{self, Stdout, stdout};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::execute;
use ratatui::backend::CrosstermBackend;
use ratatui::{Terminal, TerminalOptions, Viewport};
use tokio_util::sync::CancellationToken;

/// Whether the terminal is ours right now. The panic hook may run on any thread.
static ENTERED: AtomicBool = AtomicBool::new(false);
/// Whether anything has panicked since [`restore_on_panic`].
static PANICKED: AtomicBool = AtomicBool::new(false);
/// Whether the other screen has been entered and not drawn on.
static BLANK: AtomicBool = AtomicBool::new(false);
/// Whether the terminal is another program's for now.
static SUSPENDED: AtomicBool = AtomicBool::new(false);
/// See `hold`.
static TERMINAL_LOCK: Mutex<()> = Mutex::new(());

/// Takes the terminal: raw mode, the other screen, bracketed paste.
///
/// # Errors
///
/// If it is no terminal, or has gone.
pub fn enter() -> io::Result<Terminal<CrosstermBackend<Stdout>>> {
    enter_screen()?;
    Terminal::with_options(
        CrosstermBackend::new(stdout()),
        TerminalOptions {
            viewport: Viewport::Fullscreen,
        },
    )
}

/// Raw mode and the other screen.
///
/// # Errors
///
/// If it is no terminal, or has gone.
pub fn enter_screen() -> io::Result<()> {
    ENTERED.store(true, Ordering::SeqCst);
    crossterm::terminal::enable_raw_mode()?;
    execute!(
        stdout(),
        crossterm::terminal::EnterAlternateScreen,
        crossterm::cursor::Hide,
        EnableBracketedPaste
    )?;
    BLANK.store(true, Ordering::SeqCst);
    Ok(())
}

/// Whether the other screen was entered since the last time this was asked: whatever was drawn
/// on it before is gone.
pub fn is_blank() -> bool {
    BLANK.swap(false, Ordering::SeqCst)
}

/// Keeps others from drawing, or from taking the terminal away in the middle of a frame, until it
/// is dropped.
pub fn lock() -> MutexGuard<'static, ()> {
    TERMINAL_LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives the terminal back, and says whether it was ours: the second time it is not. Errors are left
/// unsaid: the terminal may have gone, and there is nobody to tell.
pub fn restore() -> bool {
    let ours = ENTERED.swap(false, Ordering::SeqCst);
    if ours {
        let _ = execute!(
            stdout(),
            DisableBracketedPaste,
            crossterm::terminal::LeaveAlternateScreen,
            crossterm::cursor::Show
        );
        let _ = crossterm::terminal::disable_raw_mode();
    }
    ours
}

/// Gives the terminal to a program of ours that ends: see [`resume`].
pub fn suspend() {
    let _ours = lock();
    SUSPENDED.store(true, Ordering::SeqCst);
    restore();
}

/// Whether the terminal is another program's for now, and with it the keys that send signals.
pub fn is_suspended() -> bool {
    SUSPENDED.load(Ordering::SeqCst)
}

/// Takes the terminal from the program that it was lent to.
///
/// # Errors
///
/// If it has gone.
pub fn resume() -> io::Result<()> {
    let _ours = lock();
    SUSPENDED.store(false, Ordering::SeqCst);
    enter_screen()
}

/// The program that the terminal was lent to was ended, and so are we: it is the shell's again.
pub fn end_suspend() {
    if SUSPENDED.swap(false, Ordering::SeqCst) {
        let _ = execute!(
            stdout(),
            crossterm::terminal::LeaveAlternateScreen,
            crossterm::cursor::Show
        );
    }
}

/// Restores the terminal's modes without writing to it, for when nobody reads what is written.
/// Says whether the terminal was still ours.
pub fn abandon() -> bool {
    let ours = ENTERED.swap(false, Ordering::SeqCst);
    if ours {
        let _ = crossterm::terminal::disable_raw_mode();
    }
    ours
}

/// Makes a panic on any thread give the terminal back before it is reported, and stop the program:
/// a dashboard without its poller would look alive and not be.
pub fn restore_on_panic(stop: CancellationToken) {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        PANICKED.store(true, Ordering::SeqCst);
        // First, so that nothing more is drawn over the report.
        stop.cancel();
        restore();
        report(info);
    }));
}

/// Whether the program was stopped by a panic, which has been reported.
pub fn has_panicked() -> bool {
    PANICKED.load(Ordering::SeqCst)
}
