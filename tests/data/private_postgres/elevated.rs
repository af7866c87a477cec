//! What other users of the machine can do to root's private server, and through it: nothing.
//!
//! These tests need root, and the users `postgres` or `nobody`. Elsewhere they say so and pass.

use std::ffi::OsString;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use dlqtop::data::private_postgres::PrivatePostgres;
use nix::unistd::{User, geteuid};
use sqlx::ConnectOptions;
use support::program::{home, program};
use tempfile::TempDir;

use super::options;
use super::owner::{Owner, folders_in, is_alive, temporary_folder};

fn is_root() -> bool {
    let root = geteuid().is_root();
    if !root {
        eprintln!("skipped: only root has rights that others could misuse");
    }
    root
}

fn nobody() -> User {
    User::from_name("nobody").unwrap().unwrap()
}

/// A folder where anybody may put something, as `/tmp` is.
fn open_to_all() -> TempDir {
    let folder = temporary_folder();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o1777)).unwrap();
    folder
}

/// Runs shell commands as the owner of `data`. That they fail is what the tests hope for.
fn as_the_servers_user(data: &Path, commands: &str, arguments: &[&Path]) -> bool {
    let owner = data.metadata().unwrap();
    let status = Command::new("sh")
        .args(["-c", commands, "sh"])
        .args(arguments)
        .current_dir("/")
        .uid(owner.uid())
        .gid(owner.gid())
        .stderr(Stdio::null())
        .status();
    status.unwrap().success()
}

/// A process that has nothing to do with the server but works in a folder of it.
struct Bystander(Child);

impl Bystander {
    fn in_folder(folder: &Path, owner: u32) -> Self {
        let mut command = Command::new("sleep");
        command.arg("600").current_dir(folder).uid(owner);
        Self(command.spawn().unwrap())
    }
}

impl Drop for Bystander {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What looks like the folder of a server that a crash left behind, an hour ago.
fn abandoned_folder(base: &Path) -> PathBuf {
    let folder = base.join("private-pg-abandoned");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
    fs::write(folder.join("server.conf"), "").unwrap();
    fs::write(folder.join("guard.lock"), "").unwrap();
    symlink("/bin/true", folder.join("pg-guard")).unwrap();
    folder
}

fn make_old(folder: &Path) {
    let long_ago = SystemTime::now() - Duration::from_hours(1);
    File::open(folder).unwrap().set_modified(long_ago).unwrap();
}

#[tokio::test]
async fn the_servers_user_cannot_make_root_write_to_another_file() {
    if !is_root() {
        return;
    }
    let home = temporary_folder();
    let victim = home.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    let mut private = PrivatePostgres::start(options()).await.unwrap();
    let folder = private.folder().to_path_buf();
    let data = folder.join("data");

    private.stop_server().await.unwrap();
    for name in ["server.log", "guard.log", "server.pid"] {
        let replace = "rm -f \"$1\"; ln -s \"$2\" \"$1\"";
        let replaced = as_the_servers_user(&data, replace, &[&folder.join(name), &victim]);
        assert!(!replaced, "{name} was replaced");
    }
    // In its own folders it may do so. Root reads there, and waits for no pipe.
    let pid_file = data.join("postmaster.pid");
    assert!(as_the_servers_user(
        &data,
        "rm -f \"$1\"; mkfifo \"$1\"",
        &[&pid_file]
    ));
    assert_eq!(private.postmaster_pid(), None);
    assert!(as_the_servers_user(
        &data,
        "rm \"$1\"; ln -s \"$2\" \"$1\"",
        &[&pid_file, &victim]
    ));
    assert_eq!(private.postmaster_pid(), None);
    fs::remove_file(pid_file).unwrap();

    private.start_server().await.unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    for kept in [
        "",
        "server.log",
        "server.conf",
        "server.pid",
        "guard.log",
        "guard.lock",
        "pg-guard",
    ] {
        let is = folder.join(kept).symlink_metadata().unwrap();
        assert_eq!(is.uid(), 0, "{kept:?} is not root's");
        let others = if is.is_symlink() {
            0
        } else {
            is.mode() & 0o022
        };
        assert_eq!(others, 0, "{kept:?} is open");
    }
    // A link that stands where root cleans up is removed, and not what it leads to.
    let link = "ln -s \"$1\" \"$2/link\"";
    assert!(as_the_servers_user(&data, link, &[home.path(), &data]));
    private.stop().await.unwrap();
    assert!(!folder.exists());
    assert!(victim.exists());
}

#[tokio::test]
async fn a_folder_that_somebody_prepared_does_not_make_root_stop_another_server() {
    if !is_root() {
        return;
    }
    let production = PrivatePostgres::start(options()).await.unwrap();
    let before = production.postmaster_pid().unwrap();
    let temporary = open_to_all();
    let prepared = abandoned_folder(temporary.path());
    symlink(production.folder().join("data"), prepared.join("data")).unwrap();
    make_old(&prepared);
    for path in folders_in(&prepared).into_iter().chain([prepared.clone()]) {
        lchown(path, Some(nobody().uid.as_raw()), None).unwrap();
    }
    // The same once more: root's own, but by a link that anybody may make.
    let link = temporary.path().join("private-pg-link");
    symlink(production.folder(), &link).unwrap();

    let owner = Owner::start(temporary.path());
    assert!(is_alive(before), "the other server was stopped");
    assert!(prepared.exists() && link.is_symlink(), "not ours to remove");
    assert!(production.folder().exists());
    let mut connection = production
        .connect_options("postgres")
        .connect()
        .await
        .unwrap();
    let answer: i32 = sqlx::query_scalar("select 1")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(answer, 1);
    owner.end();
    production.stop().await.unwrap();
}

#[test]
fn a_process_number_that_the_servers_user_wrote_is_not_believed() {
    if !is_root() {
        return;
    }
    let temporary = temporary_folder();
    let abandoned = abandoned_folder(temporary.path());
    let data = abandoned.join("data");
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&abandoned, Permissions::from_mode(0o710)).unwrap();
    let bystander = Bystander::in_folder(&data, 0);
    let pid = bystander.0.id();
    fs::write(data.join("postmaster.pid"), format!("{pid}\n")).unwrap();
    for path in [data.clone(), data.join("postmaster.pid")] {
        chown(path, Some(nobody().uid.as_raw()), None).unwrap();
    }
    make_old(&abandoned);

    let owner = Owner::start(temporary.path());
    assert!(!abandoned.exists());
    assert!(is_alive(pid), "a process of root's was ended");
    owner.end();
}

#[tokio::test]
async fn a_shell_that_stands_in_the_data_outlives_the_server() {
    let private = PrivatePostgres::start(options()).await.unwrap();
    let data = private.folder().join("data");
    // Root's where we are root, which is not the server's user; else one more of the same user.
    let bystander = Bystander::in_folder(&data, geteuid().as_raw());
    private.stop().await.unwrap();
    assert!(is_alive(bystander.0.id()));
}

#[tokio::test]
async fn a_server_whose_guard_was_killed_is_stopped_by_what_root_noted_of_it() {
    let private = PrivatePostgres::start(options()).await.unwrap();
    let server = private.postmaster_pid().unwrap();
    let guard = private.guard_pid().unwrap();
    let noted = fs::read_to_string(private.folder().join("server.pid")).unwrap();
    assert_eq!(noted.split(' ').next(), Some(server.to_string().as_str()));
    // Nothing in there may be needed to find the server.
    fs::remove_file(private.folder().join("data/postmaster.pid")).unwrap();
    super::owner::signal(guard, nix::sys::signal::Signal::SIGKILL);
    private.stop().await.unwrap();
    let gone = support::wait::wait_until(super::owner::GONE_WITHIN, || !is_alive(server));
    assert!(gone, "{server} still runs");
}

#[test]
fn root_runs_no_program_that_others_could_exchange() {
    if !is_root() {
        return;
    }
    let temporary = open_to_all();
    let marker = temporary.path().join("marker");
    let bin = temporary.path().join("bin");
    fs::create_dir(&bin).unwrap();
    for name in ["pg_config", "postgres", "initdb"] {
        // A shell writes it: a file that this process has open may be kept busy by a fork.
        let script = format!("printf '#!/bin/sh\\nid >>{}\\n' >\"$1\"", marker.display());
        let write = format!("{script} && chmod 755 \"$1\"");
        let mut shell = Command::new("sh");
        shell.args(["-c", &write, "sh"]).arg(bin.join(name));
        assert!(shell.status().unwrap().success());
    }
    for path in folders_in(&bin).into_iter().chain([bin.clone()]) {
        chown(path, Some(nobody().uid.as_raw()), None).unwrap();
    }
    let usual = std::env::var_os("PATH").unwrap();
    for first in [bin.as_path(), Path::new(".")] {
        let mut path = OsString::from(first);
        path.push(":");
        path.push(&usual);
        let mut command = Owner::command(temporary.path());
        command
            .env("PATH", path)
            .env_remove(support::server::NAMED)
            .current_dir(&bin);
        Owner::run(&mut command).end();
        let ran = fs::read_to_string(&marker).unwrap_or_default();
        assert_eq!(ran, "", "with {} first", first.display());
    }
}

#[test]
fn root_puts_no_server_where_others_could_exchange_its_folder() {
    if !is_root() {
        return;
    }
    for (owner, mode) in [(nobody().uid.as_raw(), 0o755), (0, 0o777)] {
        let temporary = temporary_folder();
        fs::set_permissions(temporary.path(), Permissions::from_mode(mode)).unwrap();
        chown(temporary.path(), Some(owner), None).unwrap();
        let server = Owner::start(temporary.path());
        assert!(!server.folder.starts_with(temporary.path()), "{mode:o}");
        server.end();
    }
}

#[test]
fn the_server_learns_nothing_of_our_environment() {
    let mut command = Owner::command(&std::env::temp_dir());
    command.env("DATABASE_URL", "postgres://ana:canary-7731@db/work");
    let owner = Owner::run(&mut command);
    let known = fs::read(format!("/proc/{}/environ", owner.postmaster)).unwrap();
    let known = String::from_utf8_lossy(&known).replace('\0', " ");
    assert!(known.contains("LC_ALL=C "), "the check is blind: {known}");
    assert!(!known.contains("canary-7731"), "{known}");
    owner.end();
}

/// Runs the demo from a file that is gone by then, and in whose place there is another.
#[test]
fn the_guard_is_the_program_that_runs_and_not_what_took_its_place() {
    let beside = tempfile::tempdir_in(program().parent().unwrap()).unwrap();
    let installed = beside.path().join("installed");
    fs::hard_link(program(), &installed).unwrap();
    let marker = beside.path().join("marker");
    let script = format!("#!/bin/sh\ntouch '{}'\n", marker.display());
    // What Linux calls a program whose file was removed.
    let other = beside.path().join("installed (deleted)");
    let start = "exec 9<\"$1\"; rm \"$1\"; printf '%s' \"$2\" >\"$3\"; chmod 755 \"$3\"; \
                 shift 3; exec /proc/self/fd/9 \"$@\"";
    let output = Command::new("sh")
        .args(["-c", start, "sh"])
        .args([installed.as_os_str(), script.as_ref(), other.as_os_str()])
        .args(["demo", "--headless", "1", "--as", "ana"])
        .env("HOME", home())
        .env("PATH", support::server::path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(!marker.exists(), "the other program was started");
    assert!(output.status.success(), "{output:?}");
}
