//! Cleans up where a guard could not: after `kill -9` of the guard, or a crash of the machine.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::fcntl::OFlag;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};

use super::folder::{Folder, PREFIX};

/// A folder younger than this may belong to a guard that has yet to lock it.
const GRACE: Duration = Duration::from_mins(1);

/// Removes the folders in `base` whose guards are surely dead.
pub(super) fn sweep(base: &Path) {
    let Ok(entries) = base.read_dir() else {
        return;
    };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let alike = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
        if alike
            && is_abandoned(&path)
            && let Some(folder) = Folder::existing(path.clone())
        {
            tracing::info!(folder = %path.display(), "removing what a crash left behind");
            clean_up(&folder);
        }
    }
}

/// Stops the server in `folder`, if it still runs, and removes the folder.
pub(super) fn clean_up(folder: &Folder) {
    if let Some((postmaster, _)) = folder.postmaster()
        // Not another process that was given its number since.
        && working_in(&folder.data()).contains(&postmaster)
    {
        // Immediate shutdown: nobody will miss the data.
        signal(postmaster, Signal::SIGQUIT);
    }
    // A server that could not be told so ends by itself within a minute of losing its pid file.
    if let Err(error) = folder.remove() {
        tracing::warn!(%error, folder = %folder.path().display(), "could not remove it");
    }
}

/// Sends `signal`; a process that is gone already is no error.
pub(super) fn signal(process: u32, signal: Signal) {
    if let Ok(process) = i32::try_from(process) {
        let _ = kill(Pid::from_raw(process), signal);
    }
}

fn is_abandoned(path: &Path) -> bool {
    let Ok(is) = path.symlink_metadata() else {
        return false;
    };
    let old = is
        .modified()
        .is_ok_and(|at| at.elapsed().is_ok_and(|age| age > GRACE));
    let ours = geteuid().is_root() || is.uid() == geteuid().as_raw();
    old && ours && is.is_dir() && is_unlocked(&path.join("guard.lock"))
}

fn is_unlocked(lock: &Path) -> bool {
    // Whoever owns the folder may have put anything there: follow no link, wait for no pipe.
    let careful = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let Ok(file) = OpenOptions::new()
        .read(true)
        .custom_flags(careful.bits())
        .open(lock)
    else {
        return false;
    };
    !matches!(File::try_lock(&file), Err(TryLockError::WouldBlock))
}

/// The processes of the server whose data is in `data`: that is their working directory. Only
/// Linux can tell; elsewhere there seem to be none.
pub(super) fn working_in(data: &Path) -> Vec<u32> {
    let (Ok(data), Ok(processes)) = (data.canonicalize(), std::fs::read_dir("/proc")) else {
        return Vec::new();
    };
    let works_there = |process: &u32| {
        PathBuf::from(format!("/proc/{process}/cwd"))
            .read_link()
            .is_ok_and(|cwd| cwd == data)
    };
    processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(works_there)
        .collect()
}
