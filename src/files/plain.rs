//! Reading files that are plain files. A pipe in their place would be waited for, and a device may never end.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;

use nix::fcntl::OFlag;

/// Opens a plain file.
///
/// # Errors
///
/// What the file system said; also that it is something else than a file.
pub fn open(path: impl AsRef<Path>) -> io::Result<File> {
    // Opening a pipe does not wait for who writes into it, and opening a terminal does not take it.
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits())
        .open(path)?;
    let is = file.metadata()?.file_type();
    let other = if is.is_fifo() {
        "a pipe"
    } else if is.is_char_device() || is.is_block_device() {
        "a device"
    } else {
        return Ok(file);
    };
    let why = format!("it is {other} and not a file");
    Err(io::Error::new(io::ErrorKind::InvalidInput, why))
}

/// All of a plain file.
///
/// # Errors
///
/// As [`open`], and what the file system said while it was read.
pub fn read(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// All of a plain file of text.
///
/// # Errors
///
/// As [`read`]; also if it is not UTF-8.
pub fn read_to_string(path: impl AsRef<Path>) -> io::Result<String> {
    let mut text = String::new();
    open(path)?.read_to_string(&mut text)?;
    Ok(text)
}
