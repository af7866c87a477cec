//! However the program that owns a private server ends, the server and its folder are gone
//! within five seconds.
//!
//! The owner is this test binary, started again with [`OWNER`]: it runs the ignored test
//! [`owner_process`] and no other.

use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use dlqtop::data::private_postgres::{Options, PrivatePostgres};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use sqlx::ConnectOptions;
use support::wait::wait_until;
use tempfile::TempDir;

/// Set in the owner only.
const OWNER: &str = "DLQTOP_TEST_OWNER";
const GONE_WITHIN: Duration = Duration::from_secs(5);

fn options() -> Options {
    support::server::options()
}

/// Owns a server, says so on stderr, and panics when its stdin ends.
#[tokio::test]
#[ignore = "the other tests start it, as a process of its own"]
async fn owner_process() {
    if std::env::var_os(OWNER).is_none() {
        return;
    }
    let private = PrivatePostgres::start(options()).await.unwrap();
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
struct Owner {
    process: Child,
    guard: u32,
    postmaster: u32,
    folder: PathBuf,
}

impl Owner {
    fn spawn(temporary: &Path) -> Child {
        // Under the strictest umask: root's must not lock the server's user out.
        Command::new("sh")
            .args(["-c", "umask 077; exec \"$@\"", "sh"])
            .arg(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--exact",
                "private_postgres::survival::owner_process",
                "--nocapture",
            ])
            .env(OWNER, "1")
            .env("TMPDIR", temporary)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    fn start(temporary: &Path) -> Self {
        let mut process = Self::spawn(temporary);
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

    /// Waits for the owner, then for everything it owned.
    fn expect_nothing_left(mut self) {
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

fn signal(process: u32, signal: Signal) {
    kill(Pid::from_raw(process.try_into().unwrap()), signal).unwrap();
}

/// Whether it runs; a zombie that nobody has reaped does not.
fn is_alive(process: u32) -> bool {
    fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| {
        !stat
            .rsplit_once(") ")
            .is_some_and(|(_, rest)| rest.starts_with('Z'))
    })
}

/// The processes whose working directory is in `folder`, or was before it was removed.
fn working_in(folder: &Path) -> Vec<PathBuf> {
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
fn temporary_folder() -> TempDir {
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    folder
}

fn folders_in(temporary: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(temporary).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn nothing_outlives_an_owner_that_is_killed() {
    let owner = Owner::start(&std::env::temp_dir());
    assert!(!working_in(&owner.folder).is_empty(), "the check is blind");
    signal(owner.process.id(), Signal::SIGKILL);
    owner.expect_nothing_left();
}

#[test]
fn nothing_outlives_an_owner_that_is_told_to_end() {
    for sign in [Signal::SIGTERM, Signal::SIGHUP] {
        let owner = Owner::start(&std::env::temp_dir());
        signal(owner.process.id(), sign);
        owner.expect_nothing_left();
    }
}

#[test]
fn nothing_outlives_an_owner_that_gets_ctrl_c_with_its_whole_group() {
    let owner = Owner::start(&std::env::temp_dir());
    let group = Pid::from_raw(owner.process.id().try_into().unwrap());
    killpg(group, Signal::SIGINT).unwrap();
    owner.expect_nothing_left();
}

#[test]
fn nothing_outlives_an_owner_that_panics() {
    let mut owner = Owner::start(&std::env::temp_dir());
    drop(owner.process.stdin.take());
    owner.expect_nothing_left();
}

#[test]
fn the_guard_heeds_no_signal_but_the_end_of_its_owner() {
    let owner = Owner::start(&std::env::temp_dir());
    for sign in [
        Signal::SIGINT,
        Signal::SIGTERM,
        Signal::SIGHUP,
        Signal::SIGQUIT,
        Signal::SIGTSTP,
        Signal::SIGUSR1,
    ] {
        signal(owner.guard, sign);
    }
    signal(owner.process.id(), Signal::SIGKILL);
    owner.expect_nothing_left();
}

#[test]
fn a_hunt_for_the_name_dlqtop_spares_the_guard_and_the_server() {
    let owner = Owner::start(&std::env::temp_dir());
    for process in [owner.guard, owner.postmaster] {
        for file in ["comm", "cmdline"] {
            let text = fs::read_to_string(format!("/proc/{process}/{file}")).unwrap();
            assert!(!text.contains("dlqtop"), "{file} of {process}: {text}");
        }
    }
    signal(owner.process.id(), Signal::SIGKILL);
    owner.expect_nothing_left();
}

#[test]
fn a_server_that_hangs_is_killed() {
    let owner = Owner::start(&std::env::temp_dir());
    signal(owner.postmaster, Signal::SIGSTOP);
    signal(owner.process.id(), Signal::SIGKILL);
    owner.expect_nothing_left();
}

#[tokio::test]
async fn an_owner_that_loses_its_guard_hears_of_it_and_cleans_up() {
    let mut private = PrivatePostgres::start(options()).await.unwrap();
    let folder = private.folder().to_path_buf();
    signal(private.guard_pid().unwrap(), Signal::SIGKILL);
    tokio::time::timeout(GONE_WITHIN, private.died())
        .await
        .unwrap();
    assert!(private.stop_server().await.is_err());
    private.stop().await.unwrap();
    let gone = wait_until(GONE_WITHIN, || {
        !folder.exists() && working_in(&folder).is_empty()
    });
    assert!(gone, "left: {:?}", working_in(&folder));
}

#[tokio::test]
async fn a_backend_that_is_busy_goes_even_if_its_server_was_killed() {
    let private = PrivatePostgres::start(options()).await.unwrap();
    let (folder, to) = (
        private.folder().to_path_buf(),
        private.connect_options("postgres"),
    );
    let mut busy = to.connect().await.unwrap();
    let pid: i32 = sqlx::query_scalar("select pg_backend_pid()")
        .fetch_one(&mut busy)
        .await
        .unwrap();
    let endless = tokio::spawn(async move {
        sqlx::raw_sql("do 'begin loop end loop; end'")
            .execute(&mut busy)
            .await
    });
    let mut watcher = to.connect().await.unwrap();
    let is_busy = "select query like 'do %' and state = 'active' from pg_stat_activity \
                   where pid = $1::integer";
    tokio::time::timeout(GONE_WITHIN, async {
        while !sqlx::query_scalar::<_, bool>(is_busy)
            .bind(pid)
            .fetch_one(&mut watcher)
            .await
            .unwrap()
        {}
    })
    .await
    .unwrap();

    signal(private.postmaster_pid().unwrap(), Signal::SIGKILL);
    private.stop().await.unwrap();
    let gone = wait_until(GONE_WITHIN, || working_in(&folder).is_empty());
    assert!(gone, "left: {:?}", working_in(&folder));
    assert!(!folder.exists());
    assert!(endless.await.unwrap().is_err(), "the loop should be broken");
}

#[tokio::test]
async fn dropping_the_handle_is_enough() {
    let private = PrivatePostgres::start(options()).await.unwrap();
    let folder = private.folder().to_path_buf();
    drop(private);
    let gone = wait_until(GONE_WITHIN, || {
        !folder.exists() && working_in(&folder).is_empty()
    });
    assert!(gone, "left: {:?}", working_in(&folder));
}

#[test]
fn nothing_outlives_an_owner_that_is_killed_while_the_server_is_made() {
    let temporary = temporary_folder();
    let mut process = Owner::spawn(temporary.path());
    let begun = wait_until(Duration::from_secs(30), || {
        folders_in(temporary.path())
            .iter()
            .any(|folder| folder.join("data").exists())
    });
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(begun, "initdb never began");
    let gone = wait_until(GONE_WITHIN, || {
        folders_in(temporary.path()).is_empty() && working_in(temporary.path()).is_empty()
    });
    assert!(gone, "left: {:?}", folders_in(temporary.path()));
}

#[test]
fn what_a_crash_of_the_machine_left_behind_goes_at_the_next_start() {
    let temporary = temporary_folder();
    let make = |name: &str| {
        let folder = temporary.path().join(name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("server.conf"), "").unwrap();
        symlink("/bin/true", folder.join("pg-guard")).unwrap();
        let lock = File::create(folder.join("guard.lock")).unwrap();
        let long_ago = SystemTime::now() - Duration::from_hours(1);
        File::open(&folder).unwrap().set_modified(long_ago).unwrap();
        (folder, lock)
    };
    let (abandoned, _) = make("private-pg-abandoned");
    let (guarded, lock) = make("private-pg-guarded");
    lock.lock().unwrap();

    let owner = Owner::start(temporary.path());
    assert!(owner.folder.starts_with(temporary.path()));
    assert!(!abandoned.exists());
    assert!(guarded.exists());
    signal(owner.process.id(), Signal::SIGKILL);
    owner.expect_nothing_left();
}
