//! What is trusted and what is not, on files of this test's own.

use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

use tempfile::TempDir;

use super::*;

/// A folder `top/in` with a file `in/f` of this mode.
fn scene(mode: u32) -> (TempDir, PathBuf) {
    let top = tempfile::tempdir().unwrap();
    fs::create_dir(top.path().join("in")).unwrap();
    let file = top.path().join("in/f");
    fs::write(&file, "x").unwrap();
    set(&top.path().join("in"), 0o755);
    set(&file, mode);
    (top, file)
}

fn set(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn said(path: &Path) -> Option<String> {
    check(path, Way::Strict).err().map(|why| why.to_string())
}

#[test]
fn a_file_that_others_may_change_is_refused_with_what_to_do() {
    for mode in [0o600, 0o644, 0o755, 0o400] {
        let (_top, file) = scene(mode);
        assert_eq!(said(&file), None, "{mode:o}");
    }
    for mode in [0o666, 0o620, 0o602, 0o777, 0o664] {
        let (_top, file) = scene(mode);
        let path = file.display();
        let wanted = format!("{path}: others may change it (mode {mode:04o}): chmod go-w {path}");
        assert_eq!(said(&file), Some(wanted));
    }
    assert_eq!(said(Path::new("/no/such/file")), None);
}

#[test]
fn a_folder_on_the_way_counts_unless_only_owners_may_replace_there() {
    let (top, file) = scene(0o600);
    for (mode, refused) in [
        (0o777, true),
        (0o770, true),
        (0o1777, false),
        (0o755, false),
    ] {
        for folder in [top.path(), &top.path().join("in")] {
            set(folder, mode);
            let said = said(&file).unwrap_or_default();
            let wanted = format!(
                "{}: others may change what is in it (mode {mode:04o}): chmod go-w",
                folder.display()
            );
            assert_eq!(said.starts_with(&wanted), refused, "{mode:o}: {said}");
            set(folder, 0o755);
        }
    }
    // Of a folder that is meant itself, new files matter as well.
    set(&top.path().join("in"), 0o1777);
    assert!(said(&top.path().join("in")).is_some());
}

#[test]
fn administrators_may_share_the_folders_of_programs_but_not_the_programs() {
    let (top, file) = scene(0o755);
    set(top.path(), 0o775);
    assert_eq!(check(&file, Way::Shared), Ok(()));
    assert!(check(&file, Way::Strict).is_err());
    set(top.path(), 0o777);
    assert!(check(&file, Way::Shared).is_err());
    set(top.path(), 0o755);
    set(&file, 0o775);
    assert!(check(&file, Way::Shared).is_err());
}

#[test]
fn every_link_and_what_it_leads_through_is_looked_at() {
    let (top, file) = scene(0o600);
    let open = tempfile::tempdir().unwrap();
    let (middle, link) = (open.path().join("m"), top.path().join("link"));
    symlink(&file, &middle).unwrap();
    symlink(&middle, &link).unwrap();
    assert_eq!(said(&link), None);
    // The link in between could be turned to another file.
    set(open.path(), 0o777);
    let said = said(&link).unwrap_or_default();
    assert!(
        said.starts_with(&open.path().display().to_string()),
        "{said}"
    );
    let circle = top.path().join("circle");
    symlink(&circle, &circle).unwrap();
    assert_eq!(check(&circle, Way::Strict), Ok(()));
}

#[test]
fn what_belongs_to_somebody_else_is_refused() {
    if !getuid().is_root() {
        // Only root can give a file away.
        return;
    }
    let (top, file) = scene(0o600);
    let nobody = Some(65_534);
    for path in [&file, &top.path().join("in")] {
        chown(path, nobody, None).unwrap();
        let said = said(&file).unwrap_or_default();
        let path = path.display();
        assert!(
            said.starts_with(&format!("{path}: it belongs to ")),
            "{said}"
        );
        assert!(said.ends_with(&format!("chown 0 {path}")), "{said}");
        chown(top.path().join("in/f"), Some(0), None).unwrap();
    }
}

#[test]
fn a_secret_is_read_by_nobody_else() {
    for (mode, read) in [(0o600, false), (0o644, true), (0o640, true), (0o604, true)] {
        let (_top, file) = scene(mode);
        let said = check_unread(&file, "a password").err();
        assert_eq!(said.is_some(), read, "{mode:o}");
        if let Some(said) = said {
            let wanted = format!(
                "it holds a password and others may read it (mode {mode:04o}): chmod 0600 {}",
                file.display()
            );
            assert_eq!(said.what, wanted);
        }
        assert_eq!(read_secret(&file).is_err(), read, "{mode:o}");
    }
}
