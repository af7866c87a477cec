//! The bytes of the terminal, one read at a time.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{FlushArg, tcflush};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// The terminal, as far as it is read.
#[derive(Debug)]
pub(super) struct Tty(AsyncFd<OwnedFd>);

impl Tty {
    /// Begins to read standard input.
    pub(super) fn open() -> io::Result<Self> {
        let input = io::stdin().as_fd().try_clone_to_owned()?;
        // Not set to non-blocking: the same terminal is written to, and frames would be cut off.
        #[expect(
            deprecated,
            reason = "what replaces it is unsafe; the descriptor is owned, so it stays open"
        )]
        AsyncFd::with_interest(input, Interest::READABLE).map(Self)
    }

    /// Waits for bytes, and takes what has come: 0 once the terminal has gone. What was not taken when this is
    /// dropped is still there.
    pub(super) async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut ready = self.0.readable().await?;
            if !self.has_bytes()? {
                ready.clear_ready();
                continue;
            }
            match nix::unistd::read(self.0.get_ref(), buffer) {
                Ok(read) => return Ok(read),
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => ready.clear_ready(),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Throws away what was typed and not read.
    pub(super) fn forget(&self) {
        // What cannot be thrown away is read as keys; there is nobody to tell.
        let _ = tcflush(self.0.get_ref(), FlushArg::TCIFLUSH);
    }

    /// Whether a read would end at once.
    fn has_bytes(&self) -> io::Result<bool> {
        let mut input = [PollFd::new(self.0.get_ref().as_fd(), PollFlags::POLLIN)];
        match poll(&mut input, PollTimeout::ZERO) {
            Ok(ready) => Ok(ready > 0),
            Err(Errno::EINTR) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }
}
