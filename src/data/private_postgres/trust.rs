//! Whether somebody else could change what a path names.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use nix::unistd::{getegid, geteuid};

/// Whether nobody but root and we can replace what is at `path`: it and all that leads to it are
/// root's or ours, and others can write to none of it. They may add to a sticky folder such as
/// `/tmp`, since they can neither remove nor rename there what is not theirs.
pub(super) fn is_safe(path: &Path) -> bool {
    // Root, by whatever number it is known in this container: who owns `/` can replace anything.
    let Ok(top) = Path::new("/").metadata() else {
        return false;
    };
    let owners = [0, top.uid(), geteuid().as_raw()];
    let is_kept = |path: &Path| {
        path.symlink_metadata().is_ok_and(|is| {
            owners.contains(&is.uid()) && (!others_may_write(&is) || is_sticky(&is))
        })
    };
    path.canonicalize()
        .is_ok_and(|real| real.ancestors().all(is_kept))
}

/// Our own group counts as ourselves: many systems give each user one, which may write by default.
fn others_may_write(is: &Metadata) -> bool {
    let ours = is.gid() == 0 || is.gid() == getegid().as_raw();
    is.mode() & 0o002 != 0 || (is.mode() & 0o020 != 0 && !ours)
}

fn is_sticky(is: &Metadata) -> bool {
    is.is_dir() && is.mode() & 0o1000 != 0
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, create_dir, set_permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn what_others_may_write_to_is_not_safe_and_nor_is_what_it_leads_to() {
        let home = tempfile::tempdir_in("/tmp").unwrap();
        assert!(is_safe(home.path()));
        let inner = home.path().join("outer/inner");
        create_dir(home.path().join("outer")).unwrap();
        create_dir(&inner).unwrap();
        let link = home.path().join("link");
        symlink(&inner, &link).unwrap();
        for (mode, safe) in [(0o755, true), (0o757, false), (0o1777, true)] {
            let outer = home.path().join("outer");
            set_permissions(outer, Permissions::from_mode(mode)).unwrap();
            assert_eq!(is_safe(&inner), safe, "{mode:o}");
            assert_eq!(is_safe(&link), safe, "{mode:o}, by a link");
        }
        assert!(!is_safe(&home.path().join("missing")));
    }
}
