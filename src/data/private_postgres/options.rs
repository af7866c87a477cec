//! How to run a private server, and the names that its parts agree on.

use std::env;
use std::path::PathBuf;

/// The first argument that makes this program a guard. Not for people.
pub const GUARD_ARGUMENT: &str = "__guard-postgres";

/// The only role that the server lets in. A superuser.
pub const SUPERUSER: &str = "dlqtop";

/// Where to download from instead of the usual place; for networks that have a mirror.
pub const RELEASES_URL_VARIABLE: &str = "DLQTOP_POSTGRES_RELEASES_URL";

/// What to do where no server is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Download {
    /// Say what to install.
    Never,
    /// Download one, once. Without the cargo feature `embedded` this is [`Download::Never`].
    IfMissing {
        /// An address that holds
        /// `releases/download/<release>/postgresql-<release>-<target>.tar.gz` and its
        /// `.tar.gz.sha256`; `None` for the usual place.
        releases_url: Option<String>,
        /// The folder to keep it in; `None` for the user's data folder (as root:
        /// `/var/cache`), in `dlqtop/postgresql`.
        cache: Option<PathBuf>,
    },
}

/// How to run a private server.
#[derive(Debug, Clone)]
pub struct Options {
    /// The program that becomes the guard when its first argument is [`GUARD_ARGUMENT`]: dlqtop
    /// itself.
    pub guard_program: PathBuf,
    /// The folder with the server's programs; `None` to look for the newest.
    pub bindir: Option<PathBuf>,
    /// What to do where no server is installed.
    pub download: Download,
    /// Whether a download may show its progress on stderr. It does so only on a terminal.
    pub progress: bool,
    /// More lines for the server's configuration, such as `log_statement`, `all`. They cannot
    /// open the server to anybody else.
    pub extra_settings: Vec<(String, String)>,
}

impl Options {
    /// Uses the newest installed server, else downloads one, from [`RELEASES_URL_VARIABLE`] if
    /// that is set.
    #[must_use]
    pub fn new(guard_program: PathBuf) -> Self {
        Self {
            guard_program,
            bindir: None,
            download: Download::IfMissing {
                releases_url: env::var(RELEASES_URL_VARIABLE).ok(),
                cache: None,
            },
            progress: true,
            extra_settings: Vec::new(),
        }
    }
}
