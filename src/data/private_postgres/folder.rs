//! The folder that holds everything of one private server: its data, socket, settings and log.
//!
//! It is ours, with every file in it, and nobody else may write to it. Where the server runs as
//! another user, that user may pass through it to the folders `data` and `socket`, which are
//! theirs: what we read or remove in there may be anything.
//!
//! Nothing in its path or in the arguments of the processes in it says `dlqtop`, so that
//! `pkill -9 dlqtop` takes dlqtop and leaves the guard to clean up.

use std::fmt::Write as _;
use std::fs::{self, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::unistd::geteuid;
use tempfile::TempDir;

use super::error::{PrivatePostgresError, ServerContext};
use super::options::Options;
use super::os_user::ServerUser;
use super::process::{Process, Whereabouts};
use super::{own_file, trust};

/// How the names of these folders begin.
pub(super) const PREFIX: &str = "private-pg-";
/// Linux allows 107 bytes for a socket's path, macOS 103.
const LONGEST_SOCKET_PATH: usize = 99;
const SOCKET: &str = "socket/.s.PGSQL.5432";
/// A server's pid file has eight short lines; the record of its process has one.
const LONGEST_PID_FILE: u64 = 4096;

/// Settings of a server whose data nobody will miss. Commits are still written before they are
/// answered, which costs little without fsync: a server that is stopped and started again has
/// them.
const SETTINGS: &[(&str, &str)] = &[
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("shared_buffers", "64MB"),
    ("max_connections", "100"),
    ("max_wal_size", "256MB"),
    ("autovacuum", "on"),
    // Segments live in the folder, so that a killed server leaves none in /dev/shm.
    ("dynamic_shared_memory_type", "mmap"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("log_line_prefix", "%m [%p] "),
    ("lc_messages", "C"),
    ("default_text_search_config", "pg_catalog.english"),
];

/// Where things are. Cheap to clone; does not own the folder.
#[derive(Debug, Clone)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Takes a folder made by [`Folder::create`], and no other: the guard deletes it in the end.
    pub(super) fn existing(path: PathBuf) -> Option<Self> {
        let named_so = path.file_name()?.to_str()?.starts_with(PREFIX);
        let folder = Self(path);
        (named_so && folder.is_ours()).then_some(folder)
    }

    /// Whether we made it and nobody else could change it since. What is in `data` and `socket`
    /// proves nothing.
    fn is_ours(&self) -> bool {
        let ours = |path: &Path, fits: fn(&Metadata) -> bool| {
            path.symlink_metadata()
                .is_ok_and(|is| is.uid() == geteuid().as_raw() && fits(&is))
        };
        ours(&self.0, |is| is.is_dir() && is.mode() & 0o027 == 0)
            && ours(&self.guard(), Metadata::is_symlink)
            && ours(&self.settings(), Metadata::is_file)
            && ours(&self.lock(), Metadata::is_file)
    }

    /// Makes the folder for a server from `bindir`. It is gone again when the `TempDir` is
    /// dropped.
    pub(super) fn create(
        bindir: &Path,
        options: &Options,
    ) -> Result<(Self, TempDir), PrivatePostgresError> {
        let user = ServerUser::choose()?;
        let base = base(user).ok_or(PrivatePostgresError::NoFolder)?;
        let made = tempfile::Builder::new()
            .prefix(PREFIX)
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(base)
            .doing("make the server's folder")?;
        let folder = Self(made.path().to_path_buf());
        folder
            .fill(bindir, options)
            .doing("fill the server's folder")?;
        for part in [folder.data(), folder.socket()] {
            user.make_folder(&part)
                .doing("make the server's own folders")?;
        }
        // Last: until here nobody but us could enter it.
        user.let_through(&folder.0)
            .doing("open the server's folder to its user")?;
        Ok((folder, made))
    }

    fn fill(&self, bindir: &Path, options: &Options) -> io::Result<()> {
        symlink(std::path::absolute(&options.guard_program)?, self.guard())?;
        symlink(std::path::absolute(bindir)?, self.0.join("bin"))?;
        // The server reads these two, as another user than root.
        own_file::create(&self.settings(), 0o644, &self.rendered_settings(options))?;
        // Who can reach the socket could be the superuser: lesser roles may come in as well.
        own_file::create(&self.hba(), 0o644, "local all all trust\n")?;
        for file in [self.log(), self.guard_log(), self.lock()] {
            own_file::create(&file, 0o600, "")?;
        }
        Ok(())
    }

    /// The configuration file. What keeps the server private comes last, so that no extra
    /// setting undoes it.
    fn rendered_settings(&self, options: &Options) -> String {
        let extra = options
            .extra_settings
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let private = [
            ("listen_addresses", String::new()),
            ("port", "5432".to_owned()),
            ("unix_socket_directories", shown(&self.socket())),
            ("unix_socket_permissions", "0700".to_owned()),
            ("hba_file", shown(&self.hba())),
            ("ident_file", shown(&self.data().join("pg_ident.conf"))),
        ];
        let mut text = String::new();
        let mut line = |name: &str, value: &str| {
            let quoted = value.replace('\\', "\\\\").replace('\'', "''");
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name} = '{quoted}'");
        };
        for (name, value) in SETTINGS.iter().copied().chain(extra) {
            line(name, value);
        }
        for (name, value) in &private {
            line(name, value);
        }
        text
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Where the server's socket is.
    pub(super) fn socket(&self) -> PathBuf {
        self.0.join("socket")
    }

    /// A symbolic link to the guard's program, under a name that is not dlqtop's.
    pub(super) fn guard(&self) -> PathBuf {
        self.0.join("pg-guard")
    }

    /// One of the server's programs.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.0.join("bin").join(name)
    }

    pub(super) fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    pub(super) fn settings(&self) -> PathBuf {
        self.0.join("server.conf")
    }

    fn hba(&self) -> PathBuf {
        self.0.join("hba.conf")
    }

    /// What `initdb` and the server say.
    pub(super) fn log(&self) -> PathBuf {
        self.0.join("server.log")
    }

    /// What the guard says.
    pub(super) fn guard_log(&self) -> PathBuf {
        self.0.join("guard.log")
    }

    /// Locked for as long as the guard lives.
    pub(super) fn lock(&self) -> PathBuf {
        self.0.join("guard.lock")
    }

    /// The server's main process, as its own pid file names it, and whether it takes connections.
    /// The server's user could have written anything there: send no signal because of it.
    pub(super) fn postmaster(&self) -> Option<(u32, bool)> {
        let data = self.data();
        let owner = data.symlink_metadata().ok().filter(Metadata::is_dir)?.uid();
        let file = data.join("postmaster.pid");
        let text = own_file::read_text(&file, owner, LONGEST_PID_FILE).ok()?;
        let pid = text.lines().next()?.trim().parse().ok()?;
        let ready = text
            .lines()
            .nth(7)
            .is_some_and(|line| line.trim() == "ready");
        Some((pid, ready))
    }

    /// Notes which process the server's main one is, for who cleans up after the guard.
    pub(super) fn note_server(&self, server: &Process) -> io::Result<()> {
        own_file::write(&self.0.join("server.pid"), &server.to_string())
    }

    /// The process that was noted: ours to write, so no forgery.
    pub(super) fn noted_server(&self) -> Option<Process> {
        let file = self.0.join("server.pid");
        let text = own_file::read_text(&file, geteuid().as_raw(), LONGEST_PID_FILE).ok()?;
        text.parse().ok()
    }

    /// Where the server's processes are.
    pub(super) fn whereabouts(&self) -> Whereabouts {
        Whereabouts {
            data: self.data(),
            programs: ["postgres", "initdb"].map(|name| self.program(name)),
        }
    }

    /// Removes the folder; processes that are ending may still be writing to it, so it tries for
    /// up to two seconds.
    pub(super) fn remove(&self) -> io::Result<()> {
        let deadline = Instant::now() + Duration::from_secs(2);
        loop {
            match fs::remove_dir_all(&self.0) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(_) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                done => return done,
            }
        }
    }
}

/// Where temporary folders go: the user's choice if it will do, else the system's. Nowhere that
/// others could exchange the folder for another.
pub(super) fn base(user: ServerUser) -> Option<PathBuf> {
    [
        std::env::temp_dir(),
        PathBuf::from("/tmp"),
        PathBuf::from("/var/tmp"),
    ]
    .into_iter()
    .filter_map(|base| base.canonicalize().ok())
    .filter(|base| short_enough(base) && trust::is_safe(base))
    .find(|base| user == ServerUser::Ourselves || open_to_all(base))
}

fn short_enough(base: &Path) -> bool {
    let random = "XXXXXX";
    base.as_os_str().len() + PREFIX.len() + random.len() + SOCKET.len() + 2 <= LONGEST_SOCKET_PATH
}

/// Whether any user may pass through `path`, unlike through root's home.
fn open_to_all(path: &Path) -> bool {
    path.ancestors()
        .all(|folder| folder.metadata().is_ok_and(|is| is.mode() & 0o001 != 0))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_it_private_outranks_extra_settings() {
        let mut options = Options::new(PathBuf::from("dlqtop"));
        options.extra_settings = vec![
            ("listen_addresses".to_owned(), "*".to_owned()),
            ("log_line_prefix".to_owned(), "it's \\m".to_owned()),
        ];
        let text = Folder(PathBuf::from("/f")).rendered_settings(&options);
        let last = |name: &str| {
            text.lines()
                .rfind(|line| line.starts_with(name))
                .map(str::to_owned)
        };
        assert_eq!(
            last("listen_addresses").as_deref(),
            Some("listen_addresses = ''")
        );
        assert_eq!(
            last("log_line_prefix").as_deref(),
            Some(r"log_line_prefix = 'it''s \\m'")
        );
        assert_eq!(
            last("hba_file").as_deref(),
            Some("hba_file = '/f/hba.conf'")
        );
    }

    #[test]
    fn a_folder_of_somebody_else_is_never_taken() {
        let home = tempfile::tempdir().unwrap();
        assert!(Folder::existing(home.path().to_path_buf()).is_none());
        let alike = home.path().join(format!("{PREFIX}abcdef"));
        fs::create_dir(&alike).unwrap();
        assert!(Folder::existing(alike).is_none());
    }

    #[test]
    fn a_folder_that_others_could_change_is_never_taken() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder(home.path().join(format!("{PREFIX}abcdef")));
        fs::create_dir(folder.path()).unwrap();
        let mode = |mode| {
            fs::set_permissions(folder.path(), Permissions::from_mode(mode)).unwrap();
            Folder::existing(folder.path().to_path_buf()).is_some()
        };
        let options = Options::new(PathBuf::from("dlqtop"));
        folder.fill(Path::new("/usr/bin"), &options).unwrap();
        assert!(mode(0o700) && mode(0o710));
        for open in [0o755, 0o720, 0o702, 0o1777] {
            assert!(!mode(open), "{open:o}");
        }
        assert!(mode(0o700));
        let link = home.path().join(format!("{PREFIX}link"));
        symlink(folder.path(), &link).unwrap();
        assert!(Folder::existing(link).is_none(), "by a link");
        fs::remove_file(folder.lock()).unwrap();
        symlink("/etc/hostname", folder.lock()).unwrap();
        assert!(!mode(0o700), "its lock is a link");
    }

    #[test]
    fn a_long_base_is_passed_over() {
        assert!(short_enough(Path::new(
            "/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T"
        )));
        assert!(!short_enough(&PathBuf::from(format!(
            "/{}",
            "x".repeat(80)
        ))));
    }
}
