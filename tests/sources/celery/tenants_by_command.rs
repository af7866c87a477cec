//! Each tenant's operators by the command line: what is kept beside the queue is their own, and every command says
//! that others may be hidden.

use support::dlqtop::{Run, run};
use support::home::Home;

use super::*;

/// An application with two tenants, whose operators log in as one role.
struct Tenants {
    jobs: Jobs,
    home: Home,
    role: String,
}

impl Tenants {
    async fn new() -> Self {
        let jobs = Jobs::new().await;
        let role: String = jobs
            .db
            .one("select current_database() || '_operator'")
            .await;
        jobs.db
            .run(&format!(
                "create role {role} login;
                 grant usage on schema public to {role};
                 grant select on all tables in schema public to {role};
                 grant update on worker_failed_jobs to {role}"
            ))
            .await;
        let home = Home::with(&format!(
            "[profiles.mine]\ntenant = '{MINE}'\n[profiles.theirs]\ntenant = '{THEIRS}'\n[profiles.plain]\n"
        ));
        let tenants = Self { jobs, home, role };
        tenants
            .asked_by_all(&["install", "--yes", "--grant", &tenants.role])
            .expect_answer();
        tenants
    }

    /// Runs a command as an operator of this profile.
    fn asked(&self, profile: &str, arguments: &[&str]) -> Run {
        let url = self.jobs.db.url();
        let url = url.replace("postgres://dlqtop@", &format!("postgres://{}@", self.role));
        assert!(url.contains(&self.role), "{url}");
        self.run(&url, &[&["--profile", profile], arguments].concat())
    }

    /// Runs a command as somebody who sees all tenants.
    fn asked_by_all(&self, arguments: &[&str]) -> Run {
        self.run(&self.jobs.db.url(), arguments)
    }

    fn run(&self, url: &str, arguments: &[&str]) -> Run {
        run(self
            .home
            .command(arguments)
            .env("DATABASE_URL", url)
            .env("DLQTOP_ACTOR", "ana"))
    }

    /// A job of a tenant, and a note on it by its operators.
    async fn noted(&self, profile: &str, tenant: &str) -> Uuid {
        let job = self.jobs.job("tenant_id", &format!("'{tenant}'")).await;
        let reason = format!("canary of {profile}");
        let id = job.to_string();
        let noted = ["entry", "note", &id, "--reason", &reason, "--yes"];
        let run = self.asked(profile, &noted);
        assert_eq!(run.code, Some(0), "{run:?}");
        job
    }
}

/// The answer, after a word that others may be hidden.
fn of_some(run: &Run) -> &str {
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(
        run.stderr.matches("others may be hidden").count(),
        1,
        "{run:?}"
    );
    &run.stdout
}

/// The arguments that write a note on a job.
fn note_on<'a>(job: &'a str, text: &'a str) -> [&'a str; 6] {
    ["entry", "note", job, "--reason", text, "--yes"]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_tenant_s_operators_did_is_not_shown_to_another_s() {
    let tenants = Tenants::new().await;
    tenants.noted("mine", MINE).await;
    tenants.noted("theirs", THEIRS).await;
    let shared = tenants.jobs.job("tenant_id", "null").await.to_string();
    let note = note_on(&shared, "canary of nobody");
    assert_eq!(tenants.asked("mine", &note).code, Some(0));
    // Somebody who sees all acts on a job of one tenant.
    let theirs: Uuid = (tenants.jobs.db)
        .one(&format!(
            "select id from worker_failed_jobs where tenant_id = '{THEIRS}'"
        ))
        .await;
    let theirs = theirs.to_string();
    let note = note_on(&theirs, "canary of the owner");
    assert_eq!(tenants.asked_by_all(&note).code, Some(0));

    for command in [
        &["log"][..],
        &["log", "--json"],
        &["handover"],
        &["handover", "--json"],
    ] {
        let mine = tenants.asked("mine", command);
        let mine = of_some(&mine);
        assert!(
            mine.contains("canary of mine") && mine.contains("canary of nobody"),
            "{mine}"
        );
        for hidden in ["canary of theirs", "canary of the owner", theirs.as_str()] {
            assert!(!mine.contains(hidden), "{command:?}: {mine}");
        }
        let seen = tenants.asked("theirs", command);
        let seen = of_some(&seen);
        assert!(!seen.contains("canary of mine"), "{command:?}: {seen}");
        for own in [
            "canary of theirs",
            "canary of the owner",
            "canary of nobody",
        ] {
            assert!(seen.contains(own), "{command:?}: {seen}");
        }
        let without = tenants.asked("plain", command);
        let without = of_some(&without);
        assert!(without.contains("canary of nobody"), "{without}");
        assert!(!without.contains("canary of mine"), "{without}");
        let all = tenants.asked_by_all(command);
        for own in ["canary of mine", "canary of theirs", "canary of nobody"] {
            assert!(all.expect_answer().contains(own), "{command:?}: {all:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_another_tenant_has_no_receipt() {
    let tenants = Tenants::new().await;
    tenants.noted("mine", MINE).await;
    let batch: Uuid = (tenants.jobs.db)
        .one("select batch from dlqtop.operator_log where batch is not null")
        .await;
    let batch = batch.to_string();
    let mine = tenants.asked("mine", &["receipt", &batch]);
    assert!(of_some(&mine).contains("canary of mine"), "{mine:?}");
    let theirs = tenants.asked("theirs", &["receipt", &batch]);
    assert_ne!(theirs.code, Some(0), "{theirs:?}");
    let said = format!("{}{}", theirs.stdout, theirs.stderr);
    assert!(!said.contains("canary of mine"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_says_that_rows_may_be_hidden() {
    let tenants = Tenants::new().await;
    let job = tenants.noted("mine", MINE).await.to_string();
    for command in [
        &["queue"][..],
        &["queue", "--json"],
        &["queue", "--group"],
        &["staleness"],
        &["entries"],
        &["stats"],
        &["workers"],
        &["show", &job],
        &["log"],
        &["handover"],
        &["check", "--fail-if", "pending>50"],
        &["entry", "note", &job, "--reason", "x", "--dry-run"],
    ] {
        let run = tenants.asked("mine", command);
        of_some(&run);
        assert!(run.stderr.contains(MINE), "{command:?}: {run:?}");
    }
    let report = tenants.asked("mine", &["handover"]);
    let line = of_some(&report)
        .lines()
        .find(|line| line.starts_with("- seen: "));
    let line = line.unwrap_or_default();
    assert!(
        line.ends_with(" only; rows of others may be hidden"),
        "{report:?}"
    );
    assert!(line.replace('\\', "").contains(MINE), "{report:?}");
    let json: serde_json::Value =
        serde_json::from_str(&tenants.asked("mine", &["handover", "--json"]).stdout).unwrap();
    assert_eq!(json["scope"]["may_hide"], true, "{json:#}");
    let all = tenants.asked_by_all(&["handover", "--json"]).expect_json();
    assert!(all["scope"].is_null(), "{all:#}");
}
