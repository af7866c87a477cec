//! How to run a private server, and the names that its parts agree on.

use std::env;
use std::io;
use std::path::PathBuf;

/// The first argument that makes this program a guard. Not for people.
pub const GUARD_ARGUMENT: &str = "__guard-postgres";

/// The only role that the server lets in. A superuser.
pub const SUPERUSER: &str = "dlqtop";

/// Where to download from instead of the usual place; for networks that have a mirror. It must be
/// `https`, or `http` on this machine, and it needs [`SHA256_VARIABLE`].
pub const RELEASES_URL_VARIABLE: &str = "DLQTOP_POSTGRES_RELEASES_URL";

/// The SHA-256 that the downloaded archive must have.
pub const SHA256_VARIABLE: &str = "DLQTOP_POSTGRES_SHA256";

/// What to do where no server is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Download {
    /// Say what to install.
    Never,
    /// Download one, once. Without the cargo feature `embedded` this is [`Download::Never`].
    IfMissing {
        /// An address that holds
        /// `releases/download/<release>/postgresql-<release>-<target>.tar.gz`; `None` for the
        /// usual place.
        releases_url: Option<String>,
        /// The archive's SHA-256. A place other than the usual one needs it; without it the
        /// usual place's archive is checked against the checksum that this build pins, or if it
        /// pins none, the one published next to the archive.
        sha256: Option<String>,
        /// The folder to keep it in; `None` for the user's data folder (as root:
        /// `/var/cache`), in `dlqtop/postgresql`.
        cache: Option<PathBuf>,
    },
}

/// How to run a private server.
#[derive(Debug, Clone)]
pub struct Options {
    /// The program that becomes the guard when its first argument is [`GUARD_ARGUMENT`]: dlqtop
    /// itself, which [`this_program`] names.
    pub guard_program: PathBuf,
    /// The folder with the server's programs; `None` to look for the newest.
    pub bindir: Option<PathBuf>,
    /// What to do where no server is installed.
    pub download: Download,
    /// Whether a download may say on stderr what it is checked against, and, if that is a terminal,
    /// show its progress.
    pub progress: bool,
    /// More lines for the server's configuration, such as `log_statement`, `all`. They cannot
    /// open the server to anybody else.
    pub extra_settings: Vec<(String, String)>,
}

impl Options {
    /// Uses the newest installed server, else downloads one, from [`RELEASES_URL_VARIABLE`] if
    /// that is set, with the checksum of [`SHA256_VARIABLE`].
    #[must_use]
    pub fn new(guard_program: PathBuf) -> Self {
        Self {
            guard_program,
            bindir: None,
            download: Download::IfMissing {
                releases_url: given(RELEASES_URL_VARIABLE),
                sha256: given(SHA256_VARIABLE),
                cache: None,
            },
            progress: true,
            extra_settings: Vec::new(),
        }
    }
}

fn given(variable: &str) -> Option<String> {
    env::var(variable)
        .ok()
        .filter(|value| !value.trim().is_empty())
}

/// The program that runs, to become the guard. On Linux its very image: whatever has since been
/// put where it was installed, nothing else is started.
///
/// # Errors
/// That the system does not say where it is.
pub fn this_program() -> io::Result<PathBuf> {
    if cfg!(target_os = "linux") {
        // A link to it means, to the process that starts it, that process's own program.
        return Ok(PathBuf::from("/proc/self/exe"));
    }
    env::current_exe()
}
