//! Who is let in with which password, what is said of a login that the driver does not have, and of a server that is
//! no PostgreSQL.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use dlqtop::data::private_postgres::PrivatePostgres;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};
use support::database::Database;
use support::dlqtop::{Run, asked, command, run};
use support::eventually::eventually;
use support::pseudo_terminal::PseudoTerminal;
use support::server;

use crate::stub::Stub;

/// Passwords that SCRAM's rule allows, or turns into others that it allows.
const ALLOWED: [&str; 6] = [
    "plain",
    "with space and #/?@:%",
    "p\u{e4}ssw\u{f6}rd \u{263a}",
    "e\u{301} \u{2168} \u{fb01}",
    "non\u{a0}breaking\u{ad}",
    "\u{5e9}\u{5dc}\u{5d5}\u{5dd}",
];
/// Those that it does not allow: psql sends them as they are.
const RAW: [&str; 6] = [
    "kq7\u{1f600}",
    "kq7\ttab",
    "kq7\u{7f}",
    "kq7\u{e000}",
    "kq7\u{e9}\u{1}",
    "kq7\u{5e9}",
];

/// A server that asks by SCRAM, with one user.
struct Scram {
    server: PrivatePostgres,
}

impl Scram {
    async fn start() -> Self {
        let server = PrivatePostgres::start(server::options()).await.unwrap();
        let boss = server.connect_options("postgres");
        let name = boss.get_username();
        let rules = format!("local all {name} trust\nlocal all all scram-sha-256\n");
        fs::write(server.folder().join("hba.conf"), rules).unwrap();
        let mut db = boss.connect().await.unwrap();
        db.execute("create role ana login; create role \"a,b\" login password 'plain'; select pg_reload_conf()")
            .await
            .unwrap();
        // It is in force once a stranger is refused.
        let stranger = boss.clone().username("ana").password("never");
        let refused = eventually(Duration::from_secs(20), async || {
            stranger.connect().await.err()
        });
        assert!(refused.await.is_some());
        Self { server }
    }

    async fn set(&self, password: &str) {
        let mut db = self
            .server
            .connect_options("postgres")
            .connect()
            .await
            .unwrap();
        let quoted = password.replace('\'', "''");
        let order = format!("alter role ana password '{quoted}'");
        db.execute(AssertSqlSafe(order)).await.unwrap();
    }

    /// Whether psql logs in; where there is none, what it does is taken for granted.
    fn psql(&self, password: &str) -> bool {
        let Some(psql) = server::psql() else {
            return true;
        };
        let mut psql = Command::new(psql);
        psql.args(["-w", "-X", "-c", "select 1", "-d", &self.url()])
            .env_clear()
            .env("LC_ALL", "C.UTF-8")
            .env("PGPASSWORD", password)
            .stdin(Stdio::null());
        psql.output().unwrap().status.success()
    }

    fn dlqtop(&self, password: &str) -> Run {
        let mut dlqtop = command(&["info"]);
        dlqtop
            .env("DATABASE_URL", self.url())
            .env("PGPASSWORD", password);
        run(&mut dlqtop)
    }

    fn url(&self) -> String {
        let boss = self.server.connect_options("postgres");
        let name = format!("//{}@", boss.get_username());
        self.server.url("postgres").replace(&name, "//ana@")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_that_psql_logs_in_with_logs_in_or_the_rule_is_named() {
    let scram = Scram::start().await;
    for password in ALLOWED {
        scram.set(password).await;
        assert!(scram.psql(password), "{password:?}");
        let run = scram.dlqtop(password);
        assert_eq!(run.code, Some(0), "{password:?}: {run:?}");
    }
    for password in RAW {
        scram.set(password).await;
        assert!(scram.psql(password), "{password:?}");
        let run = scram.dlqtop(password);
        assert_eq!(run.code, Some(3), "{password:?}: {run:?}");
        for said in [
            "SASLprep, RFC 4013",
            "psql can log in with it",
            r"\password in psql",
        ] {
            assert!(run.stdout.contains(said), "{password:?}: {run:?}");
        }
        let all = format!("{}{}", run.stdout, run.stderr);
        let hidden = |c: char| !c.is_ascii() && password.contains(c);
        assert!(!all.contains("kq7") && !all.contains(hidden), "{run:?}");
        for spelt in ["Prohibited", "1f600", "u{", "\\t"] {
            assert!(!all.contains(spelt), "{password:?}: {run:?}");
        }
    }
    let mut comma = command(&["info"]);
    let url = scram.url().replace("//ana@", "//a,b@");
    let run = run(comma.env("DATABASE_URL", url).env("PGPASSWORD", "plain"));
    assert!(run.stdout.contains("a user with a comma in it"), "{run:?}");
    scram.set("another").await;
    let run = scram.dlqtop("plain");
    assert!(
        run.stdout.contains("check the user and the password"),
        "{run:?}"
    );
    scram.server.stop().await.unwrap();
}

#[test]
fn a_login_that_the_driver_does_not_have_is_named() {
    for (question, said) in [
        // GSSAPI, SSPI, and a method of SASL that is none of SCRAM's.
        (&b"R\0\0\0\x08\0\0\0\x07"[..], "GSSAPI, SSPI, OAuth"),
        (b"R\0\0\0\x08\0\0\0\x09", "GSSAPI, SSPI, OAuth"),
        (b"R\0\0\0\x15\0\0\0\x0aOAUTHBEARER\0\0", "pg_hba.conf"),
    ] {
        let stub = Stub::saying(question);
        let url = format!(
            "postgres://ana@127.0.0.1:{}/prod?sslmode=disable",
            stub.port
        );
        asked(&url, &["queue"]).expect_complaint(3, &["could not connect", said]);
        assert_eq!(stub.connected(), 1, "nobody doubts that it is a PostgreSQL");
    }
}

#[test]
fn a_server_that_is_no_postgresql_is_called_that() {
    for (answer, what) in [
        (
            &b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"[..],
            "a web server",
        ),
        (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "an SSH server"),
        (b"J\0\0\0\x0a8.0.36\0\x08\0\0\0", "a MySQL or MariaDB"),
        (b"-ERR unknown command\r\n", "a Redis or its like"),
        (b"AMQP\0\0\x09\x01", "an AMQP server"),
        (b"\0\0\0\x08", "something else"),
    ] {
        for mode in ["disable", "prefer", "require"] {
            let stub = Stub::saying(answer);
            let url = format!(
                "postgres://ana:kq7@127.0.0.1:{}/prod?sslmode={mode}",
                stub.port
            );
            let said = format!("what answers there is no PostgreSQL but {what}");
            asked(&url, &["queue"]).expect_complaint(3, &["could not connect", &said, "port"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_header_tells_two_servers_apart_whose_sockets_are_in_one_folder() {
    let db = Arc::new(Database::new().await);
    let folder = db.options.get_socket().unwrap().clone();
    // The same server by another port is as good as another one.
    let other = folder.join(".s.PGSQL.5433");
    std::os::unix::fs::symlink(folder.join(".s.PGSQL.5432"), &other).unwrap();
    for port in ["5432", "5433"] {
        let url = db.url().replace(":5432/", &format!(":{port}/"));
        let arguments = ["--database-url", &url, "--no-detect"];
        let mut screen = PseudoTerminal::dlqtop(&arguments, (100, 30));
        screen.wait_for(&format!("@…/socket:{port}"));
        screen.type_keys("q");
        assert_eq!(screen.exit_code(), 0);
    }
    fs::remove_file(other).unwrap();
}
