//! Whose processes and files the server's are.

use std::io;
use std::os::unix::fs::chown;
use std::path::Path;

use nix::unistd::{User, geteuid};
use tokio::process::Command;

use super::error::PrivatePostgresError;

/// PostgreSQL refuses to run as root, so root runs it as the first of these that exists.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

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

    /// Makes `command` run as this user, without root's supplementary groups.
    pub(super) fn run(self, command: &mut Command) {
        if let Self::Other { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
    }

    /// Gives `path` to this user.
    pub(super) fn own(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Other { uid, gid } => chown(path, Some(uid), Some(gid)),
        }
    }
}
