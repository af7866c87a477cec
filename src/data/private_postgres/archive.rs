//! Unpacks an archive that is not trusted to stay in its folder.
//!
//! The crate `tar` can unpack as well, but skips in silence what leads outside, and makes links
//! that do. A server's archive has none of that: one that has is refused as a whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use flate2::read::GzDecoder;
use tar::{Archive, Entry, EntryType};

/// A server unpacks to a tenth of this.
const LARGEST: u64 = 1 << 30;
/// How many files, folders and links an archive may hold: ten times a server's.
const MOST: usize = 50_000;

/// Unpacks into `folder`, which is empty and nobody else's. Files and folders can be read by all
/// and written by their owner, whatever the archive or the umask says; none is set-uid.
pub(super) fn unpack(archive: &[u8], folder: &Path) -> io::Result<()> {
    let bytes = Limited {
        inner: GzDecoder::new(archive),
        left: LARGEST,
    };
    for (number, entry) in Archive::new(bytes).entries()?.enumerate() {
        if number == MOST {
            return Err(io::Error::other(format!("it holds more than {MOST} files")));
        }
        let mut entry = entry?;
        let name = entry.path()?.into_owned();
        place(&mut entry, &name, folder).map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}", name.display()))
        })?;
    }
    Ok(())
}

fn place(entry: &mut Entry<'_, impl Read>, name: &Path, folder: &Path) -> io::Result<()> {
    let kind = entry.header().entry_type();
    // What follows is not about one file: who archived it, and when.
    if kind == EntryType::XGlobalHeader {
        return Ok(());
    }
    let parts = inside(name)?;
    let Some((last, before)) = parts.split_last() else {
        return Ok(());
    };
    let parent = make_folders(folder, before)?;
    let path = parent.join(last);
    match kind {
        EntryType::Directory => make_folders(folder, &parts).map(drop),
        EntryType::Regular => write(entry, &path),
        EntryType::Symlink => {
            let target = target_of(entry)?;
            stays_inside(&target, before.len())?;
            link(&target, &path)
        }
        EntryType::Link => {
            let target = inside(&target_of(entry)?)?;
            let original = real_file(folder, &target)?;
            fs::hard_link(original, path)
        }
        other => Err(refused(&format!("neither a file nor a link: {other:?}"))),
    }
}

fn target_of(entry: &Entry<'_, impl Read>) -> io::Result<PathBuf> {
    let target = entry.link_name()?;
    target
        .map(std::borrow::Cow::into_owned)
        .ok_or_else(|| refused("a link to nothing"))
}

/// The parts of a path that neither begins at the root nor goes up.
fn inside(path: &Path) -> io::Result<Vec<PathBuf>> {
    path.components()
        .filter(|part| *part != Component::CurDir)
        .map(|part| match part {
            Component::Normal(name) => Ok(PathBuf::from(name)),
            _ => Err(refused("leads outside the archive")),
        })
        .collect()
}

/// Makes the folders down to `parts`. Asks the disk what is there: a link made earlier may have
/// the same name in other letters, where these do not matter.
fn make_folders(folder: &Path, parts: &[PathBuf]) -> io::Result<PathBuf> {
    let mut path = folder.to_path_buf();
    for part in parts {
        path.push(part);
        match path.symlink_metadata() {
            Ok(is) if is.is_dir() => {}
            Ok(_) => return Err(refused("leads through what is no folder")),
            Err(_) => {
                fs::create_dir(&path)?;
                set_mode(&path, 0o755)?;
            }
        }
    }
    Ok(path)
}

/// The file that a hard link would be another name of: unpacked before, and no link itself.
fn real_file(folder: &Path, parts: &[PathBuf]) -> io::Result<PathBuf> {
    let mut path = folder.to_path_buf();
    for (number, part) in parts.iter().enumerate() {
        path.push(part);
        let is = path.symlink_metadata()?;
        let last = number + 1 == parts.len();
        if !(if last { is.is_file() } else { is.is_dir() }) {
            return Err(refused("a hard link to what is no file"));
        }
    }
    Ok(path)
}

/// Whether a link that stands `depth` folders deep leads to what is in the archive's one folder.
/// It may go up only at its beginning: further on, another link could have led elsewhere.
fn stays_inside(target: &Path, depth: usize) -> io::Result<()> {
    let mut parts = target
        .components()
        .filter(|part| *part != Component::CurDir)
        .peekable();
    let mut ups = 0;
    while parts.next_if_eq(&Component::ParentDir).is_some() {
        ups += 1;
    }
    let goes_down = parts.all(|part| matches!(part, Component::Normal(_)));
    if goes_down && ups < depth {
        return Ok(());
    }
    let why = format!(
        "a link that leads outside the archive: {}",
        target.display()
    );
    Err(refused(&why))
}

fn write(entry: &mut Entry<'_, impl Read>, path: &Path) -> io::Result<()> {
    let executable = entry.header().mode()? & 0o100 != 0;
    let mut file: File = OpenOptions::new().write(true).create_new(true).open(path)?;
    io::copy(entry, &mut file)?;
    set_mode(path, if executable { 0o755 } else { 0o644 })
}

#[cfg(unix)]
fn link(target: &Path, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn link(_target: &Path, _path: &Path) -> io::Result<()> {
    Err(refused("a link, on a system without them"))
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}

fn refused(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// Fails beyond so many bytes: a small archive can unpack to a full disk.
struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| refused("it unpacks to more than a server could be"))?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_goes_up_only_at_its_beginning_and_not_out_of_the_one_folder() {
        for (target, depth, stays) in [
            ("libpq.so.5", 2, true),
            ("./libpq.so.5", 2, true),
            ("../share/x", 2, true),
            ("../../x", 2, false),
            ("..", 1, false),
            ("x", 0, false),
            ("x/../y", 3, false),
            ("/etc/passwd", 3, false),
        ] {
            let answer = stays_inside(Path::new(target), depth);
            assert_eq!(answer.is_ok(), stays, "{target} at {depth}: {answer:?}");
        }
    }

    #[test]
    fn more_than_the_limit_is_an_error_and_not_an_end() {
        let mut limited = Limited {
            inner: io::repeat(0),
            left: 10,
        };
        let mut buffer = [0; 6];
        limited.read_exact(&mut buffer).unwrap();
        assert!(limited.read_exact(&mut buffer).is_err());
    }
}
