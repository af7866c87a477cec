//! What is odd about the machine: it is said in one line, or is no reason to say anything.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use nix::sys::stat::Mode;
use nix::unistd::{getuid, mkfifo};
use support::database::Database;
use support::dlqtop::{Run, command, run};
use support::home::Home;
use support::proxy::Proxy;
use tempfile::TempDir;

const NOWHERE: &str = "postgres://ana@127.0.0.1:1/x";
/// A user that no machine knows.
const NOBODYS_ID: u32 = 54_321;

#[test]
fn variables_that_are_empty_say_nothing() {
    let shown = |variables: &[&str]| {
        let mut command = command(&["config", "show", "--json"]);
        command.envs(variables.iter().map(|name| (*name, "")));
        run(&mut command).expect_json()
    };
    let all = [
        "DATABASE_URL",
        "DLQTOP_READ_URL",
        "DLQTOP_PROFILE",
        "DLQTOP_SOURCE",
        "DLQTOP_ACTOR",
        "DLQTOP_CONFIG",
        "DLQTOP_THEME",
        "DLQTOP_LOG",
        "DLQTOP_POLLING__INTERVAL",
        "DLQTOP_ARCHIVE__BATCH_SIZE",
    ];
    let plain = shown(&[]);
    for name in all {
        assert_eq!(shown(&[name]), plain, "{name}");
    }
    assert_eq!(shown(&all), plain);
}

#[test]
fn an_empty_level_of_the_log_is_the_usual_one() {
    let logged = |level: Option<&str>| {
        let home = Home::with("polling.interval = \"5s\"\n");
        let state = home.folder.path().join("state");
        let mut command = home.command(&["queue", "--database-url", NOWHERE]);
        // What is passed over is a warning.
        let passfile = home.folder.path().join("passfile");
        fs::write(&passfile, "x").unwrap();
        fs::set_permissions(&passfile, fs::Permissions::from_mode(0o644)).unwrap();
        command
            .env("PGPASSFILE", passfile)
            .env("XDG_STATE_HOME", &state);
        command.envs(level.map(|level| ("DLQTOP_LOG", level)));
        assert_eq!(run(&mut command).code, Some(3));
        support::dlqtop::everything_in(&state).contains("is ignored")
    };
    assert!(logged(None) && logged(Some("")) && logged(Some(" ")));
    assert!(!logged(Some("off")), "it would be seen");
}

#[test]
fn a_pipe_or_a_device_in_the_place_of_a_configuration_is_refused_and_not_waited_for() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("pipe");
    mkfifo(&pipe, Mode::S_IRUSR | Mode::S_IWUSR).unwrap();
    let refused = |run: &Run, what: &str| {
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains(what), "{run:?}");
    };
    let pipe_text = pipe.to_str().unwrap();
    let asked = run(&mut command(&["config", "show", "--config", pipe_text]));
    refused(&asked, "it is a pipe and not a file");
    let asked = run(command(&["info"]).env("DLQTOP_CONFIG", "/dev/zero"));
    refused(&asked, "it is a device and not a file");
    let asked = run(command(&["info"]).env("DLQTOP_CONFIG", folder.path()));
    refused(&asked, "it cannot be read");

    let home = Home::new();
    fs::create_dir_all(home.file().parent().unwrap()).unwrap();
    mkfifo(&home.file(), Mode::S_IRUSR | Mode::S_IWUSR).unwrap();
    refused(&home.run(&["info"]), "it is a pipe and not a file");

    let mut service = command(&["info", "--database-url", "postgres:///x?service=a"]);
    let asked = run(service.env("PGSERVICEFILE", &pipe));
    refused(&asked, "it is a pipe and not a file");

    let home = Home::with("polling.interval = \"5s\"\n");
    let source = home.folder.path().join("dlqtop/sources/mine");
    fs::create_dir_all(&source).unwrap();
    mkfifo(&source.join("source.toml"), Mode::S_IRUSR | Mode::S_IWUSR).unwrap();
    let asked = home.run(&["source", "list"]);
    let said = format!("{}{}", asked.stdout, asked.stderr);
    assert!(said.contains("it is a pipe and not a file"), "{asked:?}");
}

/// A run by a user that has no name on this machine. Only root can take another's place.
fn without_name(arguments: &[&str], url: &str) -> Option<Command> {
    let mut command = command(arguments);
    command
        .env_remove("USER")
        .env("DATABASE_URL", url)
        .env("HOME", "/");
    getuid().is_root().then(|| {
        command.uid(NOBODYS_ID).gid(NOBODYS_ID);
        command
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_without_a_name_can_look_and_must_be_named_to_act() {
    let db = Database::new().await;
    // The folder of the socket is closed to strangers.
    let proxy = Proxy::to(&db.options, Arc::new(|_| false)).await;
    let port = proxy.options.get_port();
    let database = proxy.options.get_database().unwrap();
    let url = format!("postgres://dlqtop@127.0.0.1:{port}/{database}?sslmode=disable");
    for arguments in [
        &["doctor", "--json"][..],
        &["info", "--json"],
        &["config", "show", "--json"],
        &["queue", "--json"],
    ] {
        let Some(mut command) = without_name(arguments, &url) else {
            return;
        };
        let run = run(&mut command);
        assert!(!run.stderr.contains("who are you"), "{run:?}");
        assert!(!run.stdout.is_empty(), "{run:?}");
        let answer: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        if let Some(actor) = answer.get("actor") {
            assert!(actor.as_str().unwrap().starts_with("unknown@"), "{answer}");
        }
    }

    let act = [
        "entry",
        "note",
        "01939b2c-7c4e-7d3a-9f10-2b1a6c0e5d4f",
        "--reason",
        "x",
        "--yes",
    ];
    let named = [&act[..], &["doctor", "--repair"]];
    for arguments in named {
        let run = run(&mut without_name(arguments, &url).unwrap());
        run.expect_complaint(2, &["who are you", "--as WHO"]);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_under_standard_output_has_an_exit_code_of_its_own() {
    let db = Database::new().await;
    let url = db.url();
    let commands: [&[&str]; 12] = [
        &["--help"],
        &["--version"],
        &["queue", "--help"],
        &["queue"],
        &["queue", "--json"],
        &["stats", "--json"],
        &["info"],
        &["config", "show"],
        &["config", "init", "--stdout"],
        &["doctor"],
        &["handover"],
        &["completions", "bash"],
    ];
    for arguments in commands {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = command(arguments);
        command.env("DATABASE_URL", &url).stdout(full);
        command.stderr(Stdio::piped());
        let ended = command.output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(4), "{arguments:?}: {said}");
        assert!(
            said.contains("the answer could not be written"),
            "{arguments:?}: {said}"
        );
        assert_eq!(said.lines().count(), 1, "{arguments:?}: {said}");
    }
}

#[test]
fn a_home_that_is_no_folder_is_as_none() {
    for home in ["/dev/null", "/proc/nowhere"] {
        let run = run(command(&["config", "show"]).env("HOME", home));
        assert_eq!(
            (run.code, run.stderr.as_str()),
            (Some(0), ""),
            "{home}: {run:?}"
        );
        let run = self::run(
            command(&["info"])
                .env("HOME", home)
                .env("DATABASE_URL", NOWHERE),
        );
        assert_eq!(
            (run.code, run.stderr.as_str()),
            (Some(3), ""),
            "{home}: {run:?}"
        );
    }
}

/// Runs it as somebody for whom rights count.
fn as_nobody(folder: &Path, arguments: &[&str]) -> Run {
    let mut command = command(arguments);
    command
        .env("XDG_STATE_HOME", folder)
        .env("DATABASE_URL", NOWHERE);
    if getuid().is_root() {
        command.uid(NOBODYS_ID).gid(NOBODYS_ID);
    }
    run(&mut command)
}

#[test]
fn a_log_folder_without_rights_is_one_line_of_our_own() {
    let folder = TempDir::new().unwrap();
    let own = folder.path().join("dlqtop");
    fs::create_dir(&own).unwrap();
    if getuid().is_root() {
        for path in [folder.path(), &own] {
            std::os::unix::fs::chown(path, Some(NOBODYS_ID), None).unwrap();
        }
    }
    for mode in [0o300, 0o500, 0o000] {
        fs::set_permissions(&own, fs::Permissions::from_mode(mode)).unwrap();
        let run = as_nobody(folder.path(), &["config", "init", "--stdout"]);
        assert_eq!(run.code, Some(0), "{mode:o} {run:?}");
        assert_eq!(run.stderr.lines().count(), 1, "{mode:o} {run:?}");
        let line = format!("dlqtop: no log is written: {}", own.display());
        assert!(run.stderr.starts_with(&line), "{mode:o} {run:?}");
    }
    fs::set_permissions(&own, fs::Permissions::from_mode(0o700)).unwrap();
    let run = as_nobody(folder.path(), &["config", "init", "--stdout"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let entries = fs::read_dir(&own).unwrap();
    assert_eq!(entries.count(), 1, "no log is begun");
}
