//! Which PostgreSQL the tests run on: the one they are told to use, else the newest that is
//! installed, else the one that `dlqtop demo` would download, from the place where it keeps it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::OnceLock;

use dlqtop::data::private_postgres::binaries::{Binaries, candidates};
use dlqtop::data::private_postgres::{Options, find_among};

use crate::bouncer::ALL;
use crate::program::program;

/// Names a folder with the programs of the server to test with.
pub const NAMED: &str = "DLQTOP_TEST_POSTGRES";

/// How to start a server for tests.
pub fn options() -> Options {
    Options {
        progress: false,
        bindir: Some(found().bindir.clone()),
        ..Options::new(program())
    }
}

/// The server of these tests. Looked for, and downloaded, once in a process, however many of its
/// tests ask.
pub fn found() -> &'static Binaries {
    static FOUND: OnceLock<Binaries> = OnceLock::new();
    FOUND.get_or_init(|| {
        let mut options = Options::new(program());
        options.bindir = std::env::var_os(NAMED).map(PathBuf::from);
        // On a thread of its own: the tests' runtimes must not be blocked on from within.
        std::thread::spawn(move || find(candidates, &options))
            .join()
            .unwrap()
    })
}

/// The `psql` of this server, else of another one that is installed: a downloaded server has none.
pub fn psql() -> Option<PathBuf> {
    let folders = std::iter::once(found().bindir.clone()).chain(candidates());
    let psql = folders
        .map(|folder| folder.join("psql"))
        .find(|path| path.exists());
    let is_wanted = std::env::var_os(ALL).is_some();
    assert!(psql.is_some() || !is_wanted, "psql is not installed");
    if psql.is_none() {
        eprintln!("not tried: psql is not installed ({ALL}=1 makes that an error)");
    }
    psql
}

/// As [`found`], each time anew, and installed only where `candidates` says.
///
/// # Panics
///
/// With the advice that a user would get, if there is no server to be had.
pub fn find(candidates: impl FnOnce() -> Vec<PathBuf>, options: &Options) -> Binaries {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(find_among(candidates, options))
        .unwrap_or_else(|error| panic!("{}", error.one_line()))
}

/// A `PATH` on which a process finds this server, and with it everything else that a test needs.
pub fn path() -> OsString {
    let usual = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(found().bindir.clone()).chain(std::env::split_paths(&usual));
    std::env::join_paths(folders).unwrap()
}
