//! Why there is no private server, in the operator's words.

use std::path::PathBuf;

use crate::data::model::safe_text::SafeText;

/// A failure to provide the private server. Every message is one line.
#[derive(Debug, thiserror::Error)]
pub enum PrivatePostgresError {
    /// None is installed, and none may be downloaded.
    #[error(
        "no PostgreSQL server (14 or later) is installed here: install one (Debian: `apt install \
         postgresql`; Fedora: `dnf install postgresql-server`; macOS: `brew install postgresql`), \
         or pass --database-url"
    )]
    NotInstalled,
    /// The folder that was named holds no usable server.
    #[error(
        "{} holds no PostgreSQL server of version 14 or later (it needs initdb and postgres)",
        bindir.display()
    )]
    NotAServer {
        /// The folder.
        bindir: PathBuf,
    },
    /// None is installed, and the download failed.
    #[error(
        "no PostgreSQL server is installed here and none could be downloaded: {url}: {why}: \
         install one (Debian: `apt install postgresql`; Fedora: `dnf install postgresql-server`; \
         macOS: `brew install postgresql`), or pass --database-url"
    )]
    Download {
        /// What was asked for.
        url: String,
        /// What the network or the other side said.
        why: String,
    },
    /// The place or its archive is not to be trusted. Nothing of it was kept.
    #[error("refused {url}: {why}")]
    Refused {
        /// Where it would come from, or came from.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// Others can write to the folder where servers are kept, and so decide what runs.
    #[error(
        "users other than you can change {}, where a downloaded PostgreSQL is kept: make it yours \
         alone (chmod go-w)",
        cache.display()
    )]
    OpenCache {
        /// The folder.
        cache: PathBuf,
    },
    /// The archive is not the one that was expected. Nothing of it was kept.
    #[error("refused {url}: its SHA-256 is {found}, not {expected}")]
    WrongChecksum {
        /// Where it came from.
        url: String,
        /// Of what arrived.
        found: String,
        /// Of what should have.
        expected: String,
    },
    /// Running as root, and there is nobody else to run the server as.
    #[error(
        "PostgreSQL refuses to run as root, and this system has neither a user `postgres` nor \
         `nobody` to run it as: run dlqtop as another user, or pass --database-url"
    )]
    NoUnprivilegedUser,
    /// No folder is fit to hold the server.
    #[error(
        "no temporary folder is fit for a private PostgreSQL (its path must be short and open to \
         the server's user, and others must not be able to replace what is in it): set TMPDIR, or \
         pass --database-url"
    )]
    NoFolder,
    /// Not built for this system.
    #[error(
        "a private PostgreSQL needs Unix sockets, which dlqtop does not use on this system: pass \
         --database-url"
    )]
    Unsupported,
    /// The system refused something.
    #[error("could not {doing}")]
    System {
        /// A verb phrase: "make the server's folder".
        doing: &'static str,
        /// What it said.
        source: std::io::Error,
    },
    /// The server did not start or stop.
    #[error("the private PostgreSQL failed: {why}")]
    Server {
        /// Its last words.
        why: SafeText,
    },
    /// The process that looks after the server is gone, and the server with it.
    #[error("the private PostgreSQL is gone: its guard process ended")]
    GuardGone,
}

impl PrivatePostgresError {
    /// The error and its cause, on one line and safe to print.
    #[must_use]
    pub fn one_line(&self) -> String {
        let line = match self {
            Self::System { source, .. } => format!("{self}: {source}"),
            _ => self.to_string(),
        };
        SafeText::new(&line).to_string()
    }
}

/// Adds the verb phrase to a bare [`std::io::Error`].
pub(super) trait ServerContext<T> {
    /// `doing` completes "could not …".
    fn doing(self, doing: &'static str) -> Result<T, PrivatePostgresError>;
}

impl<T> ServerContext<T> for std::io::Result<T> {
    fn doing(self, doing: &'static str) -> Result<T, PrivatePostgresError> {
        self.map_err(|source| PrivatePostgresError::System { doing, source })
    }
}
