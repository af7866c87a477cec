//! A password that was given to dlqtop is never seen again.

use support::database::Database;
use support::dlqtop::{command, everything_in, run};
use tempfile::TempDir;

const CANARY: &str = "canary-4f1d9e";

/// Runs it with the most talkative log, and returns what it said to everybody, log included.
fn everything_said(arguments: &[&str], url: Option<&str>) -> String {
    let state = TempDir::new().unwrap();
    let mut command = command(arguments);
    command
        .env("XDG_STATE_HOME", state.path())
        .env("DLQTOP_LOG", "trace")
        .env("RUST_LOG", "trace")
        .env("RUST_BACKTRACE", "full")
        .env("PGPASSWORD", CANARY);
    if let Some(url) = url {
        command.env("DATABASE_URL", url);
    }
    let run = run(&mut command);
    format!(
        "{}{}{}",
        run.stdout,
        run.stderr,
        everything_in(state.path())
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_in_no_output_and_no_log() {
    let db = Database::new().await;
    let good = db.url().replace(
        "postgres://dlqtop@",
        &format!("postgres://dlqtop:{CANARY}@"),
    );
    assert!(good.contains(CANARY));
    let urls = [
        good.as_str(),
        "postgres://ana:canary-4f1d9e@127.0.0.1:1/prod",
        "postgres://ana:canary-4f1d9e@127.0.0.1:port/prod",
        "postgres://ana:canary-4f1d9e@127.0.0.1:1/prod?sslmode=requir",
        "postgres://ana@127.0.0.1:1/prod?password=canary-4f1d9e&sslmode=requir",
        "mysql://ana:canary-4f1d9e@127.0.0.1/prod",
        "ana:canary-4f1d9e@127.0.0.1/prod",
    ];
    let commands: [&[&str]; 8] = [
        &["doctor"],
        &["info"],
        &["queue"],
        &["stats", "--json"],
        &["migrate", "--dry-run"],
        &["watch"],
        &["config", "show"],
        &["queue", "--limit", "0"],
    ];
    for url in urls {
        for command in commands {
            let said = everything_said(command, Some(url));
            assert!(!said.contains(CANARY), "{command:?} {url}: {said}");
        }
        for arguments in [
            &["queue", "--database-url", url][..],
            &["queue", "--read-url", url],
            &["watch", "--database-url", &good, "--read-url", url],
            &["--database-url", url, "--limit"],
            &[url],
            &["show", url],
        ] {
            let said = everything_said(arguments, None);
            assert!(!said.contains(CANARY), "{arguments:?}: {said}");
        }
    }
    // The log was talkative, and about this.
    let said = everything_said(&["queue"], Some(&good));
    assert!(said.contains("TRACE"), "{said}");
    assert!(said.contains("sqlx"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_among_the_arguments_is_warned_of() {
    let db = Database::new().await;
    let warning = "a password on the command line can be read";
    let secret = db
        .url()
        .replace("postgres://dlqtop@", "postgres://dlqtop:canary-4f1d9e@");
    let open = db.url();
    let query = format!("{open}&password=canary-4f1d9e");
    for (arguments, warned) in [
        (&["queue", "--database-url", &secret][..], true),
        (&["queue", &format!("--database-url={secret}")], true),
        (
            &[
                "queue",
                "--database-url",
                &open,
                &format!("--read-url={secret}"),
            ],
            true,
        ),
        (&["queue", "--database-url", &query], true),
        (&["queue", "--database-url", &open], false),
    ] {
        let run = run(&mut command(arguments));
        assert_eq!(run.code, Some(0), "{run:?}");
        assert_eq!(
            run.stderr.contains(warning),
            warned,
            "{arguments:?}: {run:?}"
        );
        assert!(
            run.stdout.ends_with("0 of 0 open investigations\n"),
            "{run:?}"
        );
    }
    let run = run(command(&["queue"]).env("DATABASE_URL", &secret));
    assert_eq!(run.expect_answer(), "0 of 0 open investigations\n");
}
