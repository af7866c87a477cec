//! A source of the user's own, found through the configuration folder by the real program.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;
use support::dlqtop::{Run, command, run};
use tempfile::TempDir;

use crate::systems::{Standing, full, systems};

const FOLDER: &str = "examples/sources/plain-jobs";

/// A home whose configuration has the fixture among its sources, and a database that holds it.
struct Home {
    folder: TempDir,
    standing: Standing,
}

impl Home {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let own = folder.path().join("dlqtop/sources/plain-jobs");
        fs::create_dir_all(&own).unwrap();
        for entry in fs::read_dir(FOLDER).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), own.join(entry.file_name())).unwrap();
        }
        let kind = systems()
            .into_iter()
            .find(|kind| kind.name == "plain-jobs")
            .unwrap();
        Self {
            folder,
            standing: full(&kind).await,
        }
    }

    fn sources(&self) -> std::path::PathBuf {
        self.folder.path().join("dlqtop/sources")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(arguments);
        command
            .env("XDG_CONFIG_HOME", self.folder.path())
            .env("DATABASE_URL", self.standing.db.url());
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        run(&mut self.command(arguments))
    }

    fn json(&self, arguments: &[&str]) -> Json {
        self.run(arguments).expect_json()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_found_read_and_acted_on() {
    let home = Home::new().await;
    let queue = home.json(&["queue", "--json"]);
    let rows = queue["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 50, "{queue}");
    assert_eq!(rows[0]["namespace_name"], "payments");
    let id = rows[0]["task_uuid"].as_str().unwrap();
    let text = home.run(&["show", id]);
    assert!(text.expect_answer().contains("charge_card"), "{text:?}");

    let other = rows[1]["task_uuid"].as_str().unwrap();
    for id in [id, other] {
        let asked = [
            "task",
            "requeue",
            id,
            "--reason",
            "the bank is back",
            "--yes",
        ];
        let done = home.run(&asked);
        assert_eq!(done.code, Some(0), "{done:?}");
        let number = u64::from_str_radix(&id[24..], 16).unwrap();
        let state = format!("select state::text || ' ' || notes from jobs where id = {number}");
        let state: String = home.standing.db.one(&state).await;
        assert!(state.starts_with("queued run again by "), "{state}");
        assert!(state.ends_with(": the bank is back"), "{state}");
    }
    let queue = home.json(&["queue", "--json", "--limit", "1000"]);
    let rows = queue["rows"].as_array().unwrap();
    assert!(
        rows.iter().all(|row| row["task_uuid"] != id),
        "it is out of the queue"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_listed_beside_those_that_were_built_in_and_beside_broken_ones() {
    let home = Home::new().await;
    let listed = home.json(&["source", "list", "--json"]);
    let of = |listed: &Json, name: &str| {
        let sources = listed["sources"].as_array().unwrap();
        sources
            .iter()
            .find(|line| line["name"] == name)
            .unwrap()
            .clone()
    };
    let own = of(&listed, "plain-jobs");
    assert_eq!(own["here"], true, "{own}");
    let folder = home.sources().join("plain-jobs");
    assert_eq!(own["folder"], folder.to_str().unwrap());
    let native = of(&listed, "tasker");
    assert_eq!(
        (&native["here"], &native["folder"]),
        (&Json::Bool(false), &Json::Null)
    );

    let broken = home.sources().join("half-done");
    fs::create_dir(&broken).unwrap();
    fs::write(broken.join("source.toml"), "title = \"x\"\n[recognize]\n").unwrap();
    let listed = home.run(&["source", "list"]);
    assert_eq!(listed.code, Some(1), "{listed:?}");
    let line = format!("{} cannot be used: source.toml, line 2: ", broken.display());
    assert!(listed.stdout.contains(&line), "{listed:?}");
    assert!(listed.stdout.contains("Plain jobs"), "{listed:?}");

    // Without a database nobody knows what it holds; with one that is away, that is said.
    let unasked = run(home
        .command(&["source", "list", "--json"])
        .env_remove("DATABASE_URL"));
    let json: Json = serde_json::from_str(&unasked.stdout).unwrap();
    assert_eq!(of(&json, "plain-jobs")["here"], Json::Null);
    let away = "postgres://nobody@127.0.0.1:1/none";
    let away = run(home.command(&["source", "list"]).env("DATABASE_URL", away));
    assert_eq!(away.code, Some(3), "{away:?}");
    assert!(
        away.stdout.contains("the database was not asked: "),
        "{away:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_checked_by_its_name_and_by_its_folder() {
    let home = Home::new().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
    for what in ["plain-jobs", folder.to_str().unwrap()] {
        let checked = home.json(&["source", "check", what, "--json"]);
        assert_eq!(checked["source"], "plain-jobs");
        assert_eq!(checked["verdict"], "nothing is wrong");
        assert!(
            checked["findings"].as_array().unwrap().len() > 15,
            "{checked}"
        );
    }
    let table = home.run(&["source", "check", "plain-jobs"]);
    let text = table.expect_answer();
    let line = text
        .lines()
        .find(|line| line.contains("queue.sql"))
        .unwrap();
    assert!(
        line.contains("60 rows in ") && line.starts_with('✓'),
        "{text}"
    );
    let line = text
        .lines()
        .find(|line| line.contains("resume_task.sql"))
        .unwrap();
    assert!(
        line.contains("can be done by this role; it was not"),
        "{text}"
    );

    fs::write(
        home.sources().join("plain-jobs/task.sql"),
        "select $1::uuid as task\n",
    )
    .unwrap();
    let wrong = home.run(&["source", "check", "plain-jobs"]);
    assert_eq!(wrong.code, Some(1), "{wrong:?}");
    assert!(
        wrong.stdout.contains("it has no column task_uuid (uuid)"),
        "{wrong:?}"
    );
    assert!(wrong.stdout.trim_end().ends_with("wrong"), "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_checked_is_said_in_a_line() {
    let home = Home::new().await;
    let unknown = home.run(&["source", "check", "nowhere"]);
    unknown.expect_complaint(
        2,
        &["\"nowhere\" is neither a folder nor a source", "plain-jobs"],
    );
    let missing = home.run(&["source", "check", "./nowhere"]);
    missing.expect_complaint(2, &["./nowhere: No such file"]);
    let elsewhere = home.run(&["source", "check", "tasker"]);
    assert_eq!(elsewhere.code, Some(1), "{elsewhere:?}");
    assert!(
        elsewhere.stdout.contains("this database does not hold it"),
        "{elsewhere:?}"
    );
    let alone = run(home
        .command(&["source", "check", "plain-jobs"])
        .env_remove("DATABASE_URL"));
    assert_eq!(alone.code, Some(3), "{alone:?}");
    assert!(alone.stdout.contains("name a database"), "{alone:?}");
    let away = "postgres://nobody@127.0.0.1:1/none";
    let away = run(home
        .command(&["source", "check", "plain-jobs"])
        .env("DATABASE_URL", away));
    away.expect_complaint(3, &["could not connect"]);
}
