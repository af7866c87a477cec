//! Whose processes and files the server's are.

use std::io;
use std::os::unix::fs::{DirBuilderExt as _, chown, lchown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use nix::unistd::{User, geteuid};

use super::error::PrivatePostgresError;

/// PostgreSQL refuses to run as root, so root runs it as the first of these that exists.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];
/// All that the server's programs get to know of our environment, where the system keeps its
/// libraries in a place of its own.
const PASSED_ON: [&str; 2] = ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"];

/// The user that the server runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServerUser {
    /// Whoever runs dlqtop.
    Ourselves,
    /// Somebody with fewer rights, because we are root.
    Other {
        /// Their user id.
        uid: u32,
        /// Their group id.
        gid: u32,
    },
}

impl ServerUser {
    /// Chooses it.
    pub(super) fn choose() -> Result<Self, PrivatePostgresError> {
        if !geteuid().is_root() {
            return Ok(Self::Ourselves);
        }
        UNPRIVILEGED
            .iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .filter(|user| !user.uid.is_root())
            .map(|user| Self::Other {
                uid: user.uid.as_raw(),
                gid: user.gid.as_raw(),
            })
            .ok_or(PrivatePostgresError::NoUnprivilegedUser)
    }

    /// Makes `command` run as this user, without root's supplementary groups and without our
    /// environment: it may hold passwords, and `PGDATA` and its like are about another server.
    pub(super) fn run(self, command: &mut Command) {
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LC_ALL", "C");
        for name in PASSED_ON {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        if let Self::Other { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
    }

    /// Makes a folder that is this user's alone.
    pub(super) fn make_folder(self, path: &Path) -> io::Result<()> {
        std::fs::DirBuilder::new().mode(0o700).create(path)?;
        match self {
            Self::Ourselves => Ok(()),
            Self::Other { uid, gid } => lchown(path, Some(uid), Some(gid)),
        }
    }

    /// Lets this user pass through a folder of ours, to what is theirs in it, and nobody else.
    pub(super) fn let_through(self, path: &Path) -> io::Result<()> {
        use std::fs::{Permissions, set_permissions};
        use std::os::unix::fs::PermissionsExt as _;

        match self {
            Self::Ourselves => Ok(()),
            Self::Other { gid, .. } => {
                chown(path, None, Some(gid))?;
                set_permissions(path, Permissions::from_mode(0o710))
            }
        }
    }
}
