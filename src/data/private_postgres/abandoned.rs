//! Cleans up where a guard could not: after `kill -9` of the guard, or a crash of the machine.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use nix::sys::signal::Signal;

use super::folder::{Folder, PREFIX};
use super::own_file;
use super::process::signal;

/// A folder younger than this may belong to a guard that has yet to lock it.
const GRACE: Duration = Duration::from_mins(1);

/// Removes the folders of ours in `base` whose guards are surely dead. Anybody may have put
/// folders there: those of others, and links, are left alone.
pub(super) fn sweep(base: &Path) {
    let Ok(entries) = base.read_dir() else {
        return;
    };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let alike = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
        if alike
            && is_old(&path)
            && let Some(folder) = Folder::existing(path)
            // Held until the folder is gone.
            && let Some(_lock) = lock(&folder)
        {
            tracing::info!(folder = %folder.path().display(), "removing what a crash left behind");
            clean_up(&folder);
        }
    }
}

/// Stops the server in `folder`, if it still runs, and removes the folder.
pub(super) fn clean_up(folder: &Folder) {
    if let Some(server) = folder.noted_server()
        && server.is_running()
        && folder.whereabouts().include(server.pid)
    {
        // Immediate shutdown: nobody will miss the data.
        signal(server.pid, Signal::SIGQUIT);
    }
    // A server that could not be told so ends by itself within a minute of losing its pid file.
    if let Err(error) = folder.remove() {
        tracing::warn!(%error, folder = %folder.path().display(), "could not remove it");
    }
}

fn is_old(path: &Path) -> bool {
    path.symlink_metadata()
        .and_then(|is| is.modified())
        .is_ok_and(|at| at.elapsed().is_ok_and(|age| age > GRACE))
}

/// Takes the guard's lock, which nobody can while the guard lives.
fn lock(folder: &Folder) -> Option<File> {
    let file = own_file::read(&folder.lock()).ok()?;
    match File::try_lock(&file) {
        Err(TryLockError::WouldBlock) => None,
        // Where files cannot be locked, the age must do.
        Err(TryLockError::Error(_)) | Ok(()) => Some(file),
    }
}
