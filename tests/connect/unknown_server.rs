//! A server on another machine that no profile names: nothing is written there until somebody says so.

use std::sync::Arc;

use support::database::Database;
use support::dlqtop::{Run, dlqtop, run};
use support::home::Home;
use support::proxy::Proxy;

/// Where another machine would be: the address is that of no machine in particular, and leads here.
fn elsewhere(proxy: &Proxy) -> String {
    let options = &proxy.options;
    format!(
        "postgres://{}@0.0.0.0:{}/{}?sslmode=disable",
        options.get_username(),
        options.get_port(),
        options.get_database().unwrap()
    )
}

struct Scene {
    db: Database,
    here: String,
    there: String,
    id: String,
}

async fn scene() -> Scene {
    let db = Database::new().await;
    db.template("{}").await;
    let task = db.in_state_since("steps_in_process", 1.0).await;
    let proxy = Proxy::to(&db.options, Arc::new(|_| false)).await;
    let there = elsewhere(&proxy);
    Scene {
        here: there.replace("0.0.0.0", "127.0.0.1"),
        there,
        id: task.to_string(),
        db,
    }
}

impl Scene {
    fn cancel(&self, home: &Home, url: &str, more: &[&str]) -> Run {
        let order = ["task", "cancel", &self.id, "--yes", "--reason", "x"];
        let all = [&order[..], &["--insecure-tls"], more].concat();
        run(home.command(&all).env("DATABASE_URL", url))
    }

    async fn state(&self) -> String {
        let sql = format!(
            "select to_state from tasker_task_transitions where most_recent and task_uuid = '{}'",
            self.id
        );
        self.db.one(&sql).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_wants_to_be_meant() {
    let on = scene().await;
    let home = Home::new();
    on.cancel(&home, &on.there, &[]).expect_complaint(
        2,
        &[
            "read-only: 0.0.0.0:",
            "is another machine that no profile names, and locked",
            "--writable or --incident INC-4411",
        ],
    );
    assert_eq!(on.state().await, "steps_in_process");
    let looked = on.cancel(&home, &on.there, &["--writable", "--read-only"]);
    assert_eq!(looked.code, Some(2), "{looked:?}");

    // A default profile of another database says nothing of this one.
    let other = Home::with(
        "default_profile = \"local\"\n[profiles.local]\ndatabase_url = \"postgres://x@127.0.0.1:1/x\"\n",
    );
    on.cancel(&other, &on.there, &[])
        .expect_complaint(2, &["no profile names"]);
    assert_eq!(on.state().await, "steps_in_process");

    let done = on.cancel(&home, &on.there, &["--writable"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(on.state().await, "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_a_tunnel_and_an_incident_open_it() {
    for (text, url, more) in [
        ("", "here", &[][..]),
        ("", "there", &["--incident", "INC-1"]),
        // It names no database and is meant of any.
        (
            "[profiles.any]\nactor = \"ana\"\n",
            "there",
            &["--profile", "any"],
        ),
    ] {
        let on = scene().await;
        let url = if url == "here" { &on.here } else { &on.there };
        let done = on.cancel(&Home::with(text), url, more);
        assert_eq!(done.code, Some(0), "{done:?}");
        assert_eq!(on.state().await, "cancelled", "{more:?}");
    }
}

#[test]
fn what_sets_something_up_there_wants_to_be_meant_as_well() {
    let url = ["--database-url", "postgres://ana@db.invalid/prod"];
    for command in [
        &["migrate", "--yes"][..],
        &["install", "--yes"],
        &["uninstall", "--yes"],
        &["template", "apply", "-"],
        &["doctor", "--repair"],
        &["config", "apply", "--yes", "--reason", "x"],
    ] {
        let wanted = [
            "would write: db.invalid:5432 is another machine that no profile names",
            "--writable",
        ];
        dlqtop(&[command, &url].concat()).expect_complaint(2, &wanted);
        // Then it goes on to what is wrong next: there is no such machine.
        let meant = dlqtop(&[command, &url, &["--writable"]].concat());
        assert!(!meant.stderr.contains("no profile names"), "{meant:?}");
    }
}

#[test]
fn a_production_profile_locks_the_same_commands() {
    let home = Home::with(
        "[profiles.p]\ndatabase_url = \"postgres://x@127.0.0.1:1/x\"\nproduction = true\n",
    );
    for command in [
        &["migrate", "--yes"][..],
        &["doctor", "--repair"],
        &["config", "apply", "--yes", "--reason", "x"],
    ] {
        for more in [&[][..], &["--writable"]] {
            let all = [command, &["--profile", "p"], more].concat();
            let wanted = ["profile p is production, and locked", "--incident INC-4411"];
            home.run(&all).expect_complaint(2, &wanted);
        }
        let all = [command, &["--profile", "p", "--incident", "INC-1"]].concat();
        assert!(!home.run(&all).stderr.contains("locked"), "{all:?}");
    }
}
