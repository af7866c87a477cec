//! Whether a file with a secret in it is its owner's alone.

use std::fs;
use std::path::{Path, PathBuf};

/// What was seen of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FileAccess {
    /// It is not there, or cannot be looked at.
    Missing,
    /// It is a folder, a pipe or something else.
    NoFile,
    /// Others may read it: its mode.
    Open(u32),
    /// It is its owner's alone.
    Private,
}

/// Looks at a file.
pub(super) fn look(path: &Path) -> FileAccess {
    match fs::metadata(path) {
        Err(_) => FileAccess::Missing,
        Ok(metadata) if !metadata.is_file() => FileAccess::NoFile,
        Ok(metadata) => match mode(&metadata) {
            Some(mode) if mode & 0o077 != 0 => FileAccess::Open(mode),
            _ => FileAccess::Private,
        },
    }
}

#[cfg(unix)]
#[expect(
    clippy::unnecessary_wraps,
    reason = "elsewhere there are no such modes"
)]
fn mode(metadata: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(metadata.permissions().mode() & 0o7777)
}

#[cfg(not(unix))]
const fn mode(_metadata: &fs::Metadata) -> Option<u32> {
    None
}

/// Where this user's files are.
pub(super) fn home() -> Option<PathBuf> {
    etcetera::home_dir().ok()
}
