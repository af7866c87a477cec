//! However the program that owns a private server ends, the server and its folder are gone
//! within five seconds.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::{Duration, SystemTime};

use dlqtop::data::private_postgres::PrivatePostgres;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use sqlx::ConnectOptions;
use support::wait::wait_until;

use super::options;
use super::owner::{GONE_WITHIN, Owner, folders_in, signal, temporary_folder, working_in};

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
    let mut process = Owner::command(temporary.path()).spawn().unwrap();
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
        fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
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
