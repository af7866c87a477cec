//! A PostgreSQL server of our own: for `dlqtop demo`, and for every test that needs a database.
//!
//! It listens on a Unix socket in a folder that only its user may enter, takes one role, has no
//! TCP port, and its data is disposable. It uses an installed server, else it may download one.
//! It never outlives the program that started it, not even after `kill -9`: see `guard`, the
//! process in between. As root it runs as `postgres` or `nobody`, since PostgreSQL refuses to run
//! as root; root keeps the folder, the logs and the guard, and trusts nothing that user could
//! write. Unix only; elsewhere [`PrivatePostgres::start`] says to pass `--database-url`.

pub mod binaries;
mod error;
mod find;
mod options;

#[cfg(unix)]
mod abandoned;
#[cfg(feature = "embedded")]
mod archive;
#[cfg(feature = "embedded")]
mod download;
#[cfg(unix)]
mod folder;
#[cfg(unix)]
mod guard;
#[cfg(unix)]
mod os_user;
#[cfg(unix)]
mod own_file;
#[cfg(feature = "embedded")]
mod place;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod server;
#[cfg(unix)]
mod trust;
#[cfg(unix)]
mod unix;
#[cfg(not(unix))]
mod unsupported;

use std::ffi::OsString;
use std::process::ExitCode;

#[cfg(not(unix))]
pub use crate::data::private_postgres::unsupported::PrivatePostgres;
pub use error::PrivatePostgresError;
pub use find::{find, find_among};
pub use options::{
    Download, GUARD_ARGUMENT, Options, RELEASES_URL_VARIABLE, SHA256_VARIABLE, SUPERUSER,
    this_program,
};
#[cfg(unix)]
pub use unix::PrivatePostgres;

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
