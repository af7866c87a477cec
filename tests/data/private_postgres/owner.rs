//! A process that owns a private server: this test binary, started again with [`OWNER`]. It runs
//! the ignored test [`owner_process`] and no other.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dlqtop::data::private_postgres::PrivatePostgres;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::wait::wait_until;
use tempfile::TempDir;

/// Set in the owner only.
const OWNER: &str = "DLQTOP_TEST_OWNER";
/// What an owner leaves is gone after this long at most, also where `initdb` is slow to notice that it was killed.
pub const GONE_WITHIN: Duration = Duration::from_secs(20);

/// Owns a server, says so on stderr, and panics when its stdin ends.
#[tokio::test]
#[ignore = "the other tests start it, as a process of its own"]
async fn owner_process() {
    if std::env::var_os(OWNER).is_none() {
        return;
    }
    let private = PrivatePostgres::start(super::options()).await.unwrap();
    let line = format!(
        "{} {} {}\n",
        private.guard_pid().unwrap(),
        private.postmaster_pid().unwrap(),
        private.folder().display()
    );
    std::io::stderr().write_all(line.as_bytes()).unwrap();
    let mut word = String::new();
    std::io::stdin().read_to_string(&mut word).unwrap();
    panic!("the owner panics");
}

/// The owner, and what it owns.
pub struct Owner {
    pub process: Child,
    pub guard: u32,
    pub postmaster: u32,
    pub folder: PathBuf,
}

impl Owner {
    /// The process, before it says anything.
    pub fn command(temporary: &Path) -> Command {
        // Under the strictest umask: root's must not lock the server's user out.
        let mut command = Command::new("sh");
        command
            .args(["-c", "umask 077; exec \"$@\"", "sh"])
            .arg(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--exact",
                "private_postgres::owner::owner_process",
                "--nocapture",
            ])
            .env(OWNER, "1")
            .env("TMPDIR", temporary)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command
    }

    pub fn start(temporary: &Path) -> Self {
        Self::run(&mut Self::command(temporary))
    }

    /// Starts what [`Owner::command`] has made.
    pub fn run(command: &mut Command) -> Self {
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stderr.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let words: Vec<&str> = line.trim().splitn(3, ' ').collect();
        let [guard, postmaster, folder] = words[..] else {
            panic!("the owner said {line:?}");
        };
        let owner = Self {
            process,
            guard: guard.parse().unwrap(),
            postmaster: postmaster.parse().unwrap(),
            folder: PathBuf::from(folder),
        };
        assert!(owner.folder.join("data/PG_VERSION").exists());
        assert!(is_alive(owner.guard) && is_alive(owner.postmaster));
        owner
    }

    /// Kills it, and waits for everything it owned.
    pub fn end(self) {
        signal(self.process.id(), Signal::SIGKILL);
        self.expect_nothing_left();
    }

    /// Waits for the owner, then for everything it owned.
    pub fn expect_nothing_left(mut self) {
        self.process.wait().unwrap();
        let gone = wait_until(GONE_WITHIN, || {
            !is_alive(self.guard) && !self.folder.exists() && working_in(&self.folder).is_empty()
        });
        assert!(
            gone,
            "left after 5 s: guard {}, folder {}, processes {:?}",
            is_alive(self.guard),
            self.folder.exists(),
            working_in(&self.folder)
        );
    }
}

pub fn signal(process: u32, signal: Signal) {
    kill(Pid::from_raw(process.try_into().unwrap()), signal).unwrap();
}

/// Whether it runs; a zombie that nobody has reaped does not.
pub fn is_alive(process: u32) -> bool {
    fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| {
        !stat
            .rsplit_once(") ")
            .is_some_and(|(_, rest)| rest.starts_with('Z'))
    })
}

/// The processes whose working directory is in `folder`, or was before it was removed.
pub fn working_in(folder: &Path) -> Vec<PathBuf> {
    let works_there = |process: &PathBuf| {
        process
            .join("cwd")
            .read_link()
            .is_ok_and(|cwd| cwd.starts_with(folder))
    };
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(works_there)
        .collect()
}

/// A folder that the server's user can reach, and a socket's path has room for.
pub fn temporary_folder() -> TempDir {
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    folder
}

pub fn folders_in(temporary: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(temporary).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}
