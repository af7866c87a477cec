//! Folders and files of the program's own, made for their owner alone whatever the umask says.

use std::fs::{self, DirBuilder, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::Path;

use super::trust::me;

const FOLDER: u32 = 0o700;
const FILE: u32 = 0o600;
/// The rights of everybody but the owner.
const OTHERS: u32 = 0o077;

/// How a file is opened that its owner alone may read: what is made by it has mode 0600.
#[must_use]
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(FILE);
    options
}

/// Makes a folder and those above it that are missing. One that is there stays as it is: it may hold other
/// people's files on purpose.
///
/// # Errors
///
/// What the file system said.
pub fn make_missing(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(FOLDER);
    builder.create(folder)
}

/// Makes a folder of the program's own, or takes it and all that is below it from everybody else.
///
/// # Errors
///
/// What the file system said; also if the folder belongs to somebody else, who could read along.
pub fn own(folder: &Path) -> io::Result<()> {
    make_missing(folder)?;
    let is = fs::metadata(folder)?;
    if is.uid() != me() {
        let why = format!("{} belongs to another user", folder.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    close(folder, &is, FOLDER)?;
    close_below(folder);
    Ok(())
}

/// Takes what is below a folder from everybody else, as far as it is ours. What cannot be closed lies in a
/// folder that nobody else can enter.
fn close_below(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        // Not through links: what they lead to is not below.
        let Ok(is) = fs::symlink_metadata(&path) else {
            continue;
        };
        if is.uid() != me() {
            continue;
        }
        if is.is_dir() {
            let _ = close(&path, &is, FOLDER);
            close_below(&path);
        } else if is.is_file() {
            let _ = close(&path, &is, FILE);
        }
    }
}

fn close(path: &Path, is: &Metadata, mode: u32) -> io::Result<()> {
    if is.mode() & OTHERS == 0 {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(mode))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_others_could_read_is_closed_and_what_is_not_below_stays() {
        let home = tempfile::tempdir().unwrap();
        let (state, elsewhere) = (home.path().join("a/state"), home.path().join("shared"));
        own(&state.join("runs")).unwrap();
        assert_eq!(mode(&home.path().join("a")), 0o700);
        for file in ["old.log", "runs/old.jsonl", "../../shared"] {
            fs::write(state.join(file), "x").unwrap();
            set(&state.join(file), 0o666);
        }
        symlink(&elsewhere, state.join("link")).unwrap();
        set(&state.join("runs"), 0o777);
        set(&state, 0o755);

        own(&state).unwrap();
        assert_eq!(mode(&state), 0o700);
        assert_eq!(mode(&state.join("runs")), 0o700);
        assert_eq!(mode(&state.join("old.log")), 0o600);
        assert_eq!(mode(&state.join("runs/old.jsonl")), 0o600);
        assert_eq!(mode(&elsewhere), 0o666);
    }

    #[test]
    fn only_missing_folders_are_made() {
        let home = tempfile::tempdir().unwrap();
        set(home.path(), 0o755);
        let new = home.path().join("receipts/today");
        make_missing(&new).unwrap();
        assert_eq!((mode(&new), mode(home.path())), (0o700, 0o755));
        let file = new.join("r.json");
        drop(options().write(true).create_new(true).open(&file).unwrap());
        assert_eq!(mode(&file), 0o600);
    }
}
