//! A PostgreSQL server of our own: for `dlqtop demo`, and for every test that needs a database.
//!
//! It listens on a Unix socket in a folder that only its user may enter, takes one role, has no
//! TCP port, and its data is disposable. It uses an installed server, else it may download one.
//! It never outlives the program that started it, not even after `kill -9`: see `guard`, the
//! process in between. As root it runs as `postgres` or `nobody`, since PostgreSQL refuses to run
//! as root. Unix only; elsewhere [`PrivatePostgres::start`] says to pass `--database-url`.

pub mod binaries;
mod error;

#[cfg(unix)]
mod abandoned;
#[cfg(feature = "embedded")]
mod download;
#[cfg(unix)]
mod folder;
#[cfg(unix)]
mod guard;
#[cfg(unix)]
mod os_user;
#[cfg(unix)]
mod server;
#[cfg(unix)]
mod unix;
#[cfg(not(unix))]
mod unsupported;

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use binaries::Binaries;

#[cfg(not(unix))]
pub use crate::data::private_postgres::unsupported::PrivatePostgres;
pub use error::PrivatePostgresError;
#[cfg(unix)]
pub use unix::PrivatePostgres;

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

/// Finds the server that [`PrivatePostgres::start`] would use, and downloads it if it must.
///
/// # Errors
/// That there is none, and what to install.
pub async fn find(options: &Options) -> Result<Binaries, PrivatePostgresError> {
    find_among(binaries::candidates, options).await
}

/// As [`find`], looking only into the folders that `candidates` names. It is called only if
/// [`Options::bindir`] is `None`.
///
/// # Errors
/// As [`find`].
pub async fn find_among(
    candidates: impl FnOnce() -> Vec<PathBuf>,
    options: &Options,
) -> Result<Binaries, PrivatePostgresError> {
    if let Some(bindir) = &options.bindir {
        return binaries::inspect(bindir).ok_or_else(|| PrivatePostgresError::NotAServer {
            bindir: bindir.clone(),
        });
    }
    match binaries::newest(candidates()) {
        Some(binaries) => Ok(binaries),
        None => fetch(options).await,
    }
}

#[cfg(feature = "embedded")]
async fn fetch(options: &Options) -> Result<Binaries, PrivatePostgresError> {
    let Download::IfMissing {
        releases_url,
        cache,
    } = &options.download
    else {
        return Err(PrivatePostgresError::NotInstalled);
    };
    let cache = cache.clone().or_else(download::cache);
    let cache = cache.ok_or(PrivatePostgresError::NotInstalled)?;
    download::fetch(releases_url.as_deref(), &cache, options.progress).await
}

#[cfg(not(feature = "embedded"))]
async fn fetch(_options: &Options) -> Result<Binaries, PrivatePostgresError> {
    std::future::ready(Err(PrivatePostgresError::NotInstalled)).await
}

/// Runs the guard to its end. `main` calls this, before anything else, when the first argument
/// is [`GUARD_ARGUMENT`]; `arguments` are those after it. Needs no runtime. Fails at once unless
/// the argument is a folder that [`PrivatePostgres::start`] made.
pub fn guard_main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    #[cfg(unix)]
    {
        guard::main(arguments)
    }
    #[cfg(not(unix))]
    {
        drop(arguments);
        ExitCode::FAILURE
    }
}
