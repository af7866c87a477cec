//! A real PgBouncer before a test's database.

use std::fmt::Write as _;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tempfile::TempDir;

use crate::database::Database;
use crate::wait::wait_until;

/// A password that must be seen nowhere.
pub const CANARY: &str = "canary-4f1d9e";

/// It ends with the test.
pub struct Bouncer {
    child: Child,
    folder: TempDir,
    database: String,
    pub port: u16,
}

impl Bouncer {
    /// One that lends out two connections, a transaction at a time; `more` lines outrank its own.
    pub fn before(db: &Database, more: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let at = |name: &str| folder.path().join(name).display().to_string();
        fs::write(at("users"), format!("\"ana\" \"{CANARY}\"\n")).unwrap();
        let socket = db.options.get_socket().unwrap().display().to_string();
        let mut settings = vec![
            ("listen_addr".to_owned(), "127.0.0.1".to_owned()),
            ("listen_port".to_owned(), port.to_string()),
            ("unix_socket_dir".to_owned(), String::new()),
            ("logfile".to_owned(), at("log")),
            ("auth_type".to_owned(), "any".to_owned()),
            ("auth_file".to_owned(), at("users")),
            ("pool_mode".to_owned(), "transaction".to_owned()),
            ("default_pool_size".to_owned(), "2".to_owned()),
            ("verbose".to_owned(), "0".to_owned()),
        ];
        for (name, value) in more {
            settings.retain(|(known, _)| known != name);
            settings.push(((*name).to_owned(), (*value).to_owned()));
        }
        let database = db.options.get_database().unwrap().to_owned();
        let mut text =
            format!("[databases]\n{database} = host={socket} port=5432 user=dlqtop\n[pgbouncer]\n");
        for (name, value) in settings {
            writeln!(text, "{name} = {value}").unwrap();
        }
        fs::write(at("ini"), text).unwrap();
        let mut command =
            Command::new(program().unwrap_or_else(|| panic!("PgBouncer is not installed")));
        command.arg("-q").stdin(Stdio::null());
        if nix::unistd::geteuid().is_root() {
            // It refuses to run as root.
            command.args(["-u", unprivileged()]);
        }
        let log = fs::File::create(at("said")).unwrap();
        command.stderr(log.try_clone().unwrap()).stdout(log);
        let child = command.arg(at("ini")).spawn().unwrap();
        let bouncer = Self {
            child,
            folder,
            database,
            port,
        };
        let up = wait_until(Duration::from_secs(20), || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        assert!(up, "{}{}", bouncer.read("said"), bouncer.read("log"));
        bouncer
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    /// Everything it has logged.
    pub fn log(&self) -> String {
        self.read("log")
    }

    /// How to connect through it.
    pub fn options(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port)
            .username("dlqtop")
            .database(&self.database)
            .ssl_mode(PgSslMode::Disable)
            .extra_float_digits(None)
    }

    /// The same as an address; `user` may have a password, `query` begins with `?`.
    pub fn url(&self, user: &str, host: &str, query: &str) -> String {
        let (port, database) = (self.port, &self.database);
        format!("postgres://{user}@{host}:{port}/{database}{query}")
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Set where nothing may be left out, as `.ci/run` does.
pub const ALL: &str = "DLQTOP_TEST_ALL";

/// Whether a test has to do without, and is over then: PgBouncer is not installed, and nobody
/// insists on it.
pub fn is_missing() -> bool {
    let missing = program().is_none() && std::env::var_os(ALL).is_none();
    if missing {
        eprintln!("not tried: PgBouncer is not installed ({ALL}=1 makes that an error)");
    }
    missing
}

fn program() -> Option<PathBuf> {
    [
        "/usr/sbin",
        "/usr/bin",
        "/usr/local/bin",
        "/opt/homebrew/bin",
    ]
    .iter()
    .map(|folder| Path::new(folder).join("pgbouncer"))
    .find(|path| path.exists())
}

fn unprivileged() -> &'static str {
    let there = |name: &&str| nix::unistd::User::from_name(name).ok().flatten().is_some();
    ["postgres", "nobody"].into_iter().find(there).unwrap()
}
