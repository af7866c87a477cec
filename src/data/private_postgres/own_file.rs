//! Files in a folder that somebody else may write to: opened without following a link or waiting
//! for a pipe, and taken only if they belong to whom they should.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use nix::fcntl::OFlag;
use nix::unistd::geteuid;

/// Makes a file that was not there before. `mode` holds whatever the umask.
pub(super) fn create(path: &Path, mode: u32, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = options.open(path)?;
    file.set_permissions(Permissions::from_mode(mode))?;
    file.write_all(text.as_bytes())
}

/// Replaces what a file of ours says, and makes it first if it is not there.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    let mut file = open(&mut options, path, geteuid().as_raw())?;
    file.set_len(0)?;
    file.write_all(text.as_bytes())
}

/// Opens a file of ours to write at its end.
pub(super) fn append(path: &Path) -> io::Result<File> {
    open(OpenOptions::new().append(true), path, geteuid().as_raw())
}

/// Opens a file of ours to read.
pub(super) fn read(path: &Path) -> io::Result<File> {
    open(OpenOptions::new().read(true), path, geteuid().as_raw())
}

/// Reads a short file of `owner`: no more than `most` bytes of it.
pub(super) fn read_text(path: &Path, owner: u32, most: u64) -> io::Result<String> {
    let file = open(OpenOptions::new().read(true), path, owner)?;
    let mut text = String::new();
    file.take(most).read_to_string(&mut text)?;
    Ok(text)
}

fn open(options: &mut OpenOptions, path: &Path, owner: u32) -> io::Result<File> {
    let careful = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let file = options.custom_flags(careful.bits()).open(path)?;
    // Asked of what was opened, not of its name: that may mean another file by now.
    let is = file.metadata()?;
    if is.is_file() && is.uid() == owner {
        return Ok(file);
    }
    let why = format!("{} is not a file of user {owner}", path.display());
    Err(io::Error::new(io::ErrorKind::PermissionDenied, why))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::*;

    #[test]
    fn a_link_is_not_followed_and_a_pipe_not_waited_for() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        create(&at("kept"), 0o600, "kept").unwrap();
        symlink(at("kept"), at("link")).unwrap();
        symlink(at("made"), at("dangling")).unwrap();
        let made = Command::new("mkfifo").arg(at("pipe")).status().unwrap();
        assert!(made.success());
        for name in ["link", "pipe", "dangling"] {
            assert!(read(&at(name)).is_err(), "{name} was read");
            assert!(append(&at(name)).is_err(), "{name} was opened");
            assert!(write(&at(name), "lost").is_err(), "{name} was written");
            assert!(create(&at(name), 0o600, "").is_err(), "{name} was taken");
        }
        assert!(!at("made").exists());
        let me = geteuid().as_raw();
        assert_eq!(read_text(&at("kept"), me, 3).unwrap(), "kep");
        assert!(read_text(&at("kept"), me + 1, 3).is_err());
    }
}
