//! Row 38 and libpq's ways: where an address, its service and its password may stand, what is wrong
//! there, and that the password is never seen again.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use clap::Parser as _;
use dlqtop::cli::Cli;
use dlqtop::data::connection::Connection;
use dlqtop::data::native::sweep::{SweepOptions, Sweeper};
use sqlx::postgres::PgConnectOptions;
use support::bouncer::{self, Bouncer, CANARY};
use support::database::Database;
use support::dlqtop::{Run, everything_in, run};
use support::home::Home;

const NOTHING_OPEN: &str = "0 of 0 open investigations\n";

/// A database that wants a password, and a home.
struct Scene {
    db: Database,
    bouncer: Bouncer,
    home: Home,
}

impl Scene {
    async fn new() -> Self {
        let db = Database::new().await;
        let bouncer = Bouncer::before(&db, &[("auth_type", "scram-sha-256")]);
        Self {
            db,
            bouncer,
            home: Home::new(),
        }
    }

    fn file(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.home.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    /// About to run at this home, with the most talkative log.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command(arguments);
        let folder = self.home.folder.path();
        command
            .env("HOME", folder)
            .env("XDG_STATE_HOME", folder.join("state"))
            .env("DLQTOP_LOG", "trace")
            .env("RUST_BACKTRACE", "full");
        command
    }

    /// Runs it, and looks for the password in all that was said and logged.
    fn run(&self, command: &mut Command) -> Run {
        let run = run(command);
        let state = self.home.folder.path().join("state");
        let log = everything_in(&state);
        assert!(log.contains("TRACE") || run.code != Some(0), "{run:?}");
        let server = self.db.logged_by("dlqtop").join("\n") + &self.bouncer.log();
        for said in [&run.stdout, &run.stderr, &log, &server] {
            let line = said.lines().find(|line| line.contains(CANARY));
            assert_eq!(line, None);
        }
        run
    }

    fn url(&self, user: &str) -> String {
        self.bouncer.url(user, "127.0.0.1", "?sslmode=disable")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_comes_from_a_file_that_nobody_else_reads() {
    if bouncer::is_missing() {
        return;
    }
    let scene = Scene::new().await;
    let port = scene.bouncer.port;
    let line = format!("127.0.0.1:{port}:*:ana:{CANARY}\nbroken {CANARY}\n");
    let path = scene.file(".pgpass", &line, 0o600);
    let ask = || {
        let mut command = scene.command(&["queue"]);
        command.env("DATABASE_URL", scene.url("ana"));
        command
    };
    assert_eq!(scene.run(&mut ask()).expect_answer(), NOTHING_OPEN);

    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let run = scene.run(&mut ask());
    assert_eq!(run.code, Some(3), "{run:?}");
    let [warning, complaint] = run.stderr.lines().collect::<Vec<_>>()[..] else {
        panic!("{run:?}");
    };
    assert!(
        warning.contains("others may read it (mode 0640); chmod 0600"),
        "{run:?}"
    );
    assert!(complaint.contains("authentication failed"), "{run:?}");

    let elsewhere = scene.file("elsewhere", &line, 0o600);
    let run = scene.run(ask().env("PGPASSFILE", elsewhere));
    assert_eq!(run.expect_answer(), NOTHING_OPEN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_names_a_database_and_its_faults_are_told_with_their_line() {
    if bouncer::is_missing() {
        return;
    }
    let scene = Scene::new().await;
    let (port, database) = (scene.bouncer.port, scene.db.options.get_database().unwrap());
    scene.file(
        ".pg_service.conf",
        &format!(
            "[work]\nhost=127.0.0.1\nport={port}\ndbname={database}\nuser=ana\npassword={CANARY}\nsslmode=disable\n\
             [typo]\nhost=127.0.0.1\nsslmode=requir\n[unknown]\nhots=127.0.0.1\n"
        ),
        0o600,
    );
    let by_variable = |name: &str| {
        let mut command = scene.command(&["queue"]);
        command.env("PGSERVICE", name);
        scene.run(&mut command)
    };
    assert_eq!(by_variable("work").expect_answer(), NOTHING_OPEN);
    let wrong = [
        (
            "typo",
            "pg_service.conf:10: sslmode=requir (did you mean require?)",
        ),
        (
            "unknown",
            "pg_service.conf:12: there is no parameter hots: did you mean host?",
        ),
        ("wrok", "there is no service wrok: did you mean work?"),
    ];
    for (name, said) in wrong {
        by_variable(name).expect_complaint(2, &[said]);
    }
    for address in ["service=work", "postgres:///?service=work"] {
        let mut command = scene.command(&["queue", "--database-url", address]);
        assert_eq!(scene.run(&mut command).expect_answer(), NOTHING_OPEN);
    }
    let mut command = scene.command(&["queue"]);
    command
        .env("PGSERVICE", "work")
        .env("PGSERVICEFILE", "/nowhere");
    scene
        .run(&mut command)
        .expect_complaint(2, &["/nowhere: No such file"]);
    // The address outranks the service, the service the environment.
    let mut command = scene.command(&["info"]);
    command
        .env("DATABASE_URL", "postgres://bo@127.0.0.1/other?service=work")
        .env("PGPORT", "1");
    let run = scene.run(&mut command);
    assert!(
        run.stdout
            .contains(&format!("postgres://bo@127.0.0.1:{port}/other")),
        "{run:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_fetches_its_address_from_a_file_or_a_program() {
    if bouncer::is_missing() {
        return;
    }
    let scene = Scene::new().await;
    let url = scene.url(&format!("ana:{CANARY}"));
    let kept = scene.file("kept", &format!("  {url}\n"), 0o600);
    let open = scene.file("open", &url, 0o644);
    let program = scene.file(
        "program",
        &format!("#!/bin/sh\necho {CANARY} >&2\necho '{url}'\n"),
        0o700,
    );
    let failing = scene.file(
        "failing",
        &format!("#!/bin/sh\necho {CANARY} >&2\necho {CANARY}\nexit 3\n"),
        0o700,
    );
    let nonsense = scene.file("nonsense", CANARY, 0o600);
    let [kept, open, program, failing, nonsense] =
        [kept, open, program, failing, nonsense].map(|path| path.display().to_string());
    scene.file(
        "dlqtop/config.toml",
        &format!(
            "[profiles.file]\ndatabase_url_file = '{kept}'\n[profiles.open]\ndatabase_url_file = '{open}'\n\
             [profiles.program]\ndatabase_url_command = ['{program}', 'x']\n\
             [profiles.failing]\ndatabase_url_command = ['{failing}']\n\
             [profiles.slow]\ndatabase_url_command = ['/bin/sh', '-c', 'sleep 600; true']\n\
             [profiles.none]\ndatabase_url_command = ['/nowhere/op']\n\
             [profiles.nonsense]\ndatabase_url_file = '{nonsense}'\n"
        ),
        0o600,
    );
    let ask = |name: &str| scene.run(&mut scene.command(&["queue", "--profile", name]));
    for name in ["file", "program"] {
        assert_eq!(ask(name).expect_answer(), NOTHING_OPEN, "{name}");
    }
    for (name, said) in [
        ("open", "others may read"),
        ("failing", "has failed (exit status: 3): run it by hand"),
        ("none", "/nowhere/op cannot be run"),
        ("nonsense", "is no address such as"),
    ] {
        let run = ask(name);
        run.expect_complaint(3, &[&format!("profile {name}: database_url_"), said]);
    }
    let begun = Instant::now();
    ask("slow").expect_complaint(3, &["has not answered within 10 s"]);
    assert!(begun.elapsed().as_secs() < 30);
    let run = scene.run(&mut scene.command(&["info", "--profile", "program"]));
    assert!(
        run.expect_answer()
            .contains("database_url_command (line 6)"),
        "{run:?}"
    );
}

#[test]
fn a_slip_in_an_address_is_an_error_wherever_it_stands() {
    let home = Home::new();
    let cases = [
        (
            "DATABASE_URL",
            "postgres://a@127.0.0.1/w?sslmode=requir",
            "sslmode=requir (did you mean require?)",
        ),
        (
            "DATABASE_URL",
            "postgres://a@127.0.0.1/w?sslmod=require",
            "did you mean sslmode?",
        ),
        (
            "DATABASE_URL",
            "postgres://a@127.0.0.1/w?sslrootcert=/nowhere",
            "sslrootcert=/nowhere: No such file",
        ),
        (
            "DATABASE_URL",
            "postgres://a@127.0.0.1/w?connect_timeout=soon",
            "must be a number of seconds",
        ),
        ("DATABASE_URL", "postgres://a@one,two/w", "several servers"),
        ("DATABASE_URL", "host=one,two", "several servers"),
        (
            "PGSSLMODE",
            "verify_full",
            "PGSSLMODE: sslmode=verify_full (did you mean verify-full?)",
        ),
        ("PGPORT", "many", "PGPORT: the port must be from 1 to 65535"),
        (
            "PGHOSTADDR",
            "db",
            "PGHOSTADDR: hostaddr=db: must be an IP address",
        ),
        (
            "PGREQUIREAUTH",
            "scram-sha-256",
            "PGREQUIREAUTH: dlqtop cannot do",
        ),
    ];
    for (variable, value, said) in cases {
        let mut command = home.command(&["queue"]);
        command.env("PGHOST", "127.0.0.1").env(variable, value);
        run(&mut command).expect_complaint(2, &[said]);
    }
}

#[test]
fn a_slip_in_a_profile_is_named_with_the_rest_of_the_configuration() {
    let config = Home::with(
        "[profiles.p]\ndatabase_url = 'postgres://a:canary@db/w?sslmod=x'\n\
                             database_url_file = '/x'\n[profiles.q]\ndatabase_url_command = 'op read'\n",
    );
    let run = run(&mut config.command(&["queue"]));
    assert_eq!(run.code, Some(2), "{run:?}");
    for said in [
        "profiles.p.database_url = …: must be an address",
        "did you mean sslmode?",
        "profiles.p has both database_url and database_url_file",
        "profiles.q.database_url_command = …: must be a program",
    ] {
        assert!(run.stderr.contains(said), "{said}: {run:?}");
    }
    assert!(!run.stderr.contains("canary"), "{run:?}");
}

#[test]
fn nothing_that_is_printed_for_a_programmer_has_the_password_in_it() {
    let url = format!("postgres://ana:{CANARY}@127.0.0.1:1/w");
    let cli = Cli::try_parse_from(["dlqtop", "--database-url", &url, "--read-url", &url]).unwrap();
    assert!(cli.global.database_url.is_some());
    let options = PgConnectOptions::new_without_pgpass().password(CANARY);
    assert!(
        format!("{options:?}").contains(CANARY),
        "the driver's own would show it"
    );
    let sweeping = SweepOptions {
        instance: "ana".to_owned(),
        dry_run: true,
        budget: Duration::ZERO,
    };
    for shown in [
        format!("{cli:?}"),
        format!("{:#?}", cli.global),
        format!("{:?}", Connection::new(&options)),
        format!("{:?}", Sweeper::new(&options, sweeping)),
    ] {
        assert!(!shown.contains(CANARY), "{shown}");
    }
}
