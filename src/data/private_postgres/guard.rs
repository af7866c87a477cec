//! The guard: a process between dlqtop and the server, so that the server never outlives dlqtop.
//!
//! It is dlqtop's own program under another name, in its own process group; on Linux the very image
//! that runs, so that nobody who can write to where it was installed decides what root starts. Its standard input
//! is a pipe that only dlqtop can write to; when dlqtop ends, in whatever way, the pipe ends, and
//! the guard stops the server and removes its folder. It takes the orders `start` and `stop`,
//! one a line, and answers each with one line: `ready`, `stopped` or `error: …`. The first
//! `start` needs no order.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::ExitCode;

use nix::libc;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::error::{PrivatePostgresError, ServerContext};
use super::folder::Folder;
use super::own_file;
use super::server::Server;

/// The order to start the server again.
pub(super) const START: &str = "start";
/// The order to stop it and wait for orders.
pub(super) const STOP: &str = "stop";
/// The answer when the server takes connections.
pub(super) const READY: &str = "ready";
/// The answer when the server has ended.
pub(super) const STOPPED: &str = "stopped";
/// How the answer begins when an order could not be carried out.
pub(super) const ERROR: &str = "error: ";

/// The guard's whole life. Its one argument is a folder that dlqtop made for it.
pub(super) fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let folder = arguments
        .into_iter()
        .next()
        .and_then(|path| Folder::existing(PathBuf::from(path)));
    // Started by hand: do nothing, above all delete nothing.
    let Some(folder) = folder else {
        return ExitCode::FAILURE;
    };
    let ended = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .doing("start the guard")
        .and_then(|runtime| runtime.block_on(guard(folder)));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Goes to the guard's log: its stderr is a file.
            eprintln!("{}", error.one_line());
            ExitCode::FAILURE
        }
    }
}

async fn guard(folder: Folder) -> Result<(), PrivatePostgresError> {
    let _deaf = ignore_signals().doing("ignore signals")?;
    let lock = own_file::read(&folder.lock()).doing("open the guard's lock")?;
    lock.try_lock()
        .map_err(io::Error::from)
        .doing("take the guard's lock")?;
    let mut orders = orders().doing("read orders")?;
    let mut server = Server::new(folder.clone())?;
    let mut order = START.to_owned();
    loop {
        let answer = tokio::select! {
            answer = obey(&mut server, &order) => answer,
            () = end_of(&mut orders) => break,
        };
        if say(&answer).is_err() {
            break;
        }
        match orders.next_line().await {
            Ok(Some(line)) => order = line,
            Ok(None) | Err(_) => break,
        }
    }
    let stopped = server.stop().await;
    folder.remove().doing("remove the server's folder")?;
    stopped
}

async fn obey(server: &mut Server, order: &str) -> String {
    let (done, answer) = match order {
        START => (server.start().await, READY),
        STOP => (server.stop().await, STOPPED),
        _ => return format!("{ERROR}there is no order {order:?}"),
    };
    match done {
        Ok(()) => answer.to_owned(),
        Err(PrivatePostgresError::Server { why }) => format!("{ERROR}{why}"),
        Err(error) => format!("{ERROR}{}", error.one_line()),
    }
}

type Orders = Lines<BufReader<tokio::fs::File>>;

fn orders() -> io::Result<Orders> {
    let pipe = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    Ok(BufReader::new(tokio::fs::File::from_std(pipe)).lines())
}

fn say(answer: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{answer}")?;
    stdout.flush()
}

/// Ends when dlqtop does. Nothing is ordered while an order is being carried out, so a line that
/// arrives here has no sender worth waiting for.
async fn end_of(orders: &mut Orders) {
    while let Ok(Some(_)) = orders.next_line().await {}
}

/// Takes over every signal that would end or suspend the guard and that can be taken over. A
/// signal to dlqtop must reach the guard as the end of its pipe, after dlqtop is gone.
fn ignore_signals() -> io::Result<Vec<Signal>> {
    [
        libc::SIGHUP,
        libc::SIGINT,
        libc::SIGQUIT,
        libc::SIGTERM,
        libc::SIGALRM,
        libc::SIGUSR1,
        libc::SIGUSR2,
        libc::SIGTSTP,
        libc::SIGTTIN,
        libc::SIGTTOU,
    ]
    .into_iter()
    .map(|number| signal(SignalKind::from_raw(number)))
    .collect()
}
