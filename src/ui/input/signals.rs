//! Signals, as a shell user expects them: the terminal comes back, and the exit code says which.

use tokio_util::sync::CancellationToken;

/// Waits for a signal that ends the program, cancels `stop`, and returns the signal's number.
/// A signal that suspends it gives the terminal back, and takes it again on the way in.
#[cfg(unix)]
pub async fn watch(stop: CancellationToken) -> Option<u8> {
    use nix::sys::signal::Signal;
    use tokio::signal::unix::{SignalKind, signal};

    use crate::ui::terminal::is_suspended;

    let listen = |which: Signal| signal(SignalKind::from_raw(which as i32)).ok();
    let (mut term, mut hup, mut int, mut quit, mut suspend) = (
        listen(Signal::SIGTERM)?,
        listen(Signal::SIGHUP)?,
        listen(Signal::SIGINT)?,
        listen(Signal::SIGQUIT)?,
        listen(Signal::SIGTSTP)?,
    );
    let ended = loop {
        tokio::select! {
            () = stop.cancelled() => return None,
            _ = term.recv() => break Signal::SIGTERM,
            _ = hup.recv() => break Signal::SIGHUP,
            // Keys in an editor that has our terminal: they are for the editor.
            _ = int.recv() => if !is_suspended() { break Signal::SIGINT },
            _ = quit.recv() => if !is_suspended() { break Signal::SIGQUIT },
            _ = suspend.recv() => suspend_here(),
            () = tokio::time::sleep(std::time::Duration::from_secs(1)) => {
                // A terminal that has gone without a word would leave us spinning on its end.
                if terminal_has_gone() {
                    break Signal::SIGHUP;
                }
            }
        }
    };
    stop.cancel();
    let number = u8::try_from(ended as i32).ok()?;
    std::thread::spawn(move || end_anyway(number));
    Some(number)
}

/// The same for a program without a terminal of its own: the signals that end it, and no more.
#[cfg(unix)]
pub async fn without_terminal(stop: CancellationToken) -> Option<u8> {
    use nix::sys::signal::Signal;
    use tokio::signal::unix::{SignalKind, signal};

    let listen = |which: Signal| signal(SignalKind::from_raw(which as i32)).ok();
    let (mut term, mut hup, mut int, mut quit) = (
        listen(Signal::SIGTERM)?,
        listen(Signal::SIGHUP)?,
        listen(Signal::SIGINT)?,
        listen(Signal::SIGQUIT)?,
    );
    let ended = tokio::select! {
        () = stop.cancelled() => return None,
        _ = term.recv() => Signal::SIGTERM,
        _ = hup.recv() => Signal::SIGHUP,
        _ = int.recv() => Signal::SIGINT,
        _ = quit.recv() => Signal::SIGQUIT,
    };
    stop.cancel();
    u8::try_from(ended as i32).ok()
}

/// How long the loop may take to give the terminal back once it was told to stop.
#[cfg(unix)]
const GRACE: std::time::Duration = std::time::Duration::from_secs(2);

/// Ends the program if nobody reads its terminal any more (Ctrl-S, a connection that hangs): the
/// loop is then held up in the middle of a frame, and deaf.
#[cfg(unix)]
fn end_anyway(number: u8) {
    std::thread::sleep(GRACE);
    if crate::ui::terminal::abandon() {
        std::process::exit(128 + i32::from(number));
    }
}

#[cfg(unix)]
fn terminal_has_gone() -> bool {
    nix::sys::termios::tcgetattr(std::io::stdout()).is_err()
}

#[cfg(unix)]
fn suspend_here() {
    use nix::sys::signal::{Signal, raise};
    // A frame drawn between here and the way in would land on the shell's screen.
    let _ours = crate::ui::terminal::lock();
    let was_ours = crate::ui::terminal::restore();
    // Stops every thread here; the next line runs after SIGCONT.
    let _ = raise(Signal::SIGSTOP);
    if was_ours && crate::ui::terminal::enter_screen().is_ok() {
        // The other screen is empty now: this makes the loop draw it at once, not in a second.
        let _ = raise(Signal::SIGWINCH);
    }
}

/// Elsewhere only Ctrl-C exists.
#[cfg(not(unix))]
pub async fn without_terminal(stop: CancellationToken) -> Option<u8> {
    tokio::select! {
        () = stop.cancelled() => return None,
        _ = tokio::signal::ctrl_c() => {}
    }
    stop.cancel();
    Some(2)
}

/// Elsewhere only Ctrl-C exists, and it arrives as a key.
#[cfg(not(unix))]
pub async fn watch(stop: CancellationToken) -> Option<u8> {
    stop.cancelled().await;
    None
}
