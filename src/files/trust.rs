//! Whether what a file holds can have been put there by its owner and by root alone.
//!
//! A configuration names programs to run and statements to send: whoever can change it, or a folder on the way
//! to it, acts as whoever starts dlqtop.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use nix::sys::statvfs::{FsFlags, statvfs};
use nix::unistd::{Uid, User, getuid};

/// Links that lead to links: more is a circle.
const MOST_LINKS: usize = 40;
/// The right to change, of the group and of everybody.
const CHANGE: u32 = 0o022;
/// The right to read.
const READ: u32 = 0o044;
const STICKY: u32 = 0o1000;

/// A file or a folder that is not trusted: which one, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untrusted {
    /// The file, or a folder or link on the way to it.
    pub path: PathBuf,
    /// `others may change it (mode 0666): chmod go-w /…`.
    pub what: String,
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.what)
    }
}

/// What may be wrong with the folders on the way to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Neither the group nor everybody may change them.
    Strict,
    /// The group may: package managers share the folders of programs among administrators.
    Shared,
}

/// Checks a file or a folder, each folder on the way to it, and each link that leads there. What does not
/// exist is no danger.
///
/// # Errors
///
/// [`Untrusted`]: somebody else than its owner and root may change it, or it belongs to somebody else.
pub fn check(path: &Path, way: Way) -> Result<(), Untrusted> {
    let Ok(steps) = steps(path) else {
        // Whoever reads it says why it cannot be had.
        return Ok(());
    };
    let last = steps.len().saturating_sub(1);
    for (at, step) in steps.iter().enumerate() {
        let can_change = step.is.mode() & CHANGE;
        let (changed, what) = if at == last {
            (can_change != 0, "it")
        } else {
            let shared = way == Way::Shared && can_change & 0o002 == 0;
            // Where the sticky bit is set, nobody replaces what is not theirs.
            let kept = step.is.mode() & STICKY != 0;
            (can_change != 0 && !shared && !kept, "what is in it")
        };
        owned(step)?;
        let has_mode = step.is.is_file() || step.is.is_dir();
        if changed && has_mode && !is_read_only(&step.path) {
            return Err(step.refused(&format!("others may change {what}"), "chmod go-w"));
        }
    }
    Ok(())
}

/// Checks that nobody but its owner can read a file that holds a secret. Root may let a group read what it
/// gives to a service.
///
/// # Errors
///
/// [`Untrusted`], with `secret` for what it holds: `a password`.
pub fn check_unread(path: &Path, secret: &str) -> Result<(), Untrusted> {
    let Ok(is) = fs::metadata(path) else {
        return Ok(());
    };
    let from_root = is.uid() == 0 && !getuid().is_root();
    let readers = is.mode() & READ;
    if !is.is_file() || readers == 0 || (from_root && readers == 0o040) {
        return Ok(());
    }
    let step = Step {
        path: path.to_owned(),
        is,
    };
    let what = format!("it holds {secret} and others may read it");
    Err(step.refused(&what, "chmod 0600"))
}

/// What was seen of a file that holds nothing but a secret.
#[derive(Debug, PartialEq, Eq)]
pub enum FileAccess {
    /// It is not there, or cannot be looked at.
    Missing,
    /// It is a folder, a pipe or something else.
    NoFile,
    /// Others may read it: its mode.
    Open(u32),
    /// It is its owner's alone.
    Private,
}

/// Looks at a file that holds nothing but a secret.
#[must_use]
pub fn look(path: &Path) -> FileAccess {
    match fs::metadata(path) {
        Err(_) => FileAccess::Missing,
        Ok(is) if !is.is_file() => FileAccess::NoFile,
        Ok(is) => match is.mode() & 0o7777 {
            mode if mode & 0o077 != 0 => FileAccess::Open(mode),
            _ => FileAccess::Private,
        },
    }
}

/// Reads a file that holds nothing but a secret.
///
/// # Errors
///
/// Why it cannot be had, without a word of what it holds.
pub fn read_secret(path: &Path) -> Result<String, String> {
    let shown = path.display();
    match look(path) {
        FileAccess::NoFile => Err(format!("{shown} is no plain file")),
        FileAccess::Open(mode) => Err(format!(
            "others may read {shown} (mode {mode:04o}): chmod 0600 {shown}"
        )),
        FileAccess::Missing | FileAccess::Private => {
            check(path, Way::Strict).map_err(|why| why.to_string())?;
            fs::read_to_string(path).map_err(|error| format!("{shown}: {error}"))
        }
    }
}

/// The user that this process runs as.
pub(super) fn me() -> u32 {
    getuid().as_raw()
}

/// A folder or a link on the way to a file, or the file.
struct Step {
    path: PathBuf,
    is: Metadata,
}

impl Step {
    fn refused(&self, what: &str, remedy: &str) -> Untrusted {
        let mode = self.is.mode() & 0o7777;
        let path = self.path.display();
        Untrusted {
            path: self.path.clone(),
            what: format!("{what} (mode {mode:04o}): {remedy} {path}"),
        }
    }
}

/// That a step belongs to root or to whoever runs this.
fn owned(step: &Step) -> Result<(), Untrusted> {
    let owner = step.is.uid();
    if owner == 0 || owner == me() {
        return Ok(());
    }
    let name = |id: u32| {
        let user = User::from_uid(Uid::from_raw(id)).ok().flatten();
        user.map_or_else(|| format!("user {id}"), |user| user.name)
    };
    let path = step.path.display();
    let what = format!(
        "it belongs to {}, who may change it: chown {} {path}",
        name(owner),
        me()
    );
    Err(Untrusted {
        path: step.path.clone(),
        what,
    })
}

/// Whether nothing can be changed there, whatever the mode says: orchestrators mount configurations so.
fn is_read_only(path: &Path) -> bool {
    statvfs(path).is_ok_and(|there| there.flags().contains(FsFlags::ST_RDONLY))
}

/// From the root to the file: every folder and link that is passed, the file last.
fn steps(path: &Path) -> io::Result<Vec<Step>> {
    let mut at = PathBuf::from("/");
    let mut steps = vec![Step {
        is: fs::symlink_metadata(&at)?,
        path: at.clone(),
    }];
    let mut rest = names(&std::path::absolute(path)?);
    let mut links = 0;
    while let Some(name) = rest.pop() {
        if name == ".." {
            at.pop();
            continue;
        }
        let path = at.join(name);
        let is = fs::symlink_metadata(&path)?;
        if is.is_symlink() {
            links += 1;
            if links > MOST_LINKS {
                return Err(io::ErrorKind::InvalidInput.into());
            }
            let to = fs::read_link(&path)?;
            if to.is_absolute() {
                at = PathBuf::from("/");
            }
            rest.extend(names(&to));
        } else {
            at.clone_from(&path);
        }
        steps.push(Step { path, is });
    }
    Ok(steps)
}

/// The names of a path, the last one first.
fn names(path: &Path) -> Vec<OsString> {
    let names = path.components().rev().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        _ => None,
    });
    names.collect()
}

#[cfg(test)]
mod tests;
