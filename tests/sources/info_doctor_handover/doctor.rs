//! `dlqtop doctor` in a database that holds somebody else's system: what concerns it is looked at, what
//! concerns only the native schema is not.

use dlqtop::data::doctor::{CHECKS, FOREIGN_CHECKS};
use serde_json::Value;
use support::dlqtop::asked;
use support::home::Home;

use super::{READING, fresh, lived, role};
use crate::systems::systems;

/// What `doctor --json` says, with its exit code.
pub(super) fn examined(url: &str, more: &[&str]) -> (Option<i32>, Value) {
    let run = asked(url, &[&["doctor", "--json"], more].concat());
    assert_eq!(run.stderr, "", "{run:?}");
    (run.code, serde_json::from_str(&run.stdout).unwrap())
}

/// Expects the check to end so, with all of these pieces in what it says.
pub(super) fn expect(whole: &Value, check: &str, level: &str, pieces: &[&str]) {
    let answers = whole["checks"].as_array().unwrap();
    let answer = answers.iter().find(|it| it["check"] == check);
    let answer = answer.unwrap_or_else(|| panic!("no {check}: {whole:#}"));
    assert_eq!(answer["level"], level, "{answer:#}");
    for piece in pieces {
        assert!(
            answer.to_string().contains(piece),
            "no {piece:?}: {answer:#}"
        );
    }
}

fn names(whole: &Value) -> Vec<&str> {
    let answers = whole["checks"].as_array().unwrap();
    answers
        .iter()
        .map(|it| it["check"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_that_is_all_right_is_called_so_and_nothing_native_is_looked_for() {
    for name in ["celery", "task-orchestrator", "tasker-core"] {
        let standing = lived(name).await;
        let (code, json) = examined(&standing.db.url(), &[]);
        assert_eq!(code, Some(0), "{json:#}");
        assert_eq!(json["source"], name);
        let all: Vec<&str> = FOREIGN_CHECKS.iter().map(|check| check.name).collect();
        let has_alerts = standing.kind.files.contains_key("alerts");
        let wanted = all.iter().filter(|name| has_alerts || **name != "alerts");
        assert_eq!(names(&json), wanted.copied().collect::<Vec<_>>());
        let title = format!("{} ({name})", standing.kind.manifest.title);
        expect(&json, "source", "fine", &[&title]);
        expect(&json, "files", "fine", &["this role may run all"]);
        expect(&json, "your role", "fine", &["dlqtop may look and act"]);
        expect(&json, "layout", "fine", &[]);
        expect(&json, "server", "fine", &["PostgreSQL "]);
        expect(
            &json,
            "connection",
            "fine",
            &["its clock and this machine's agree"],
        );
        expect(&json, "beside", "fine", &["nothing is installed"]);
        let run = asked(&standing.db.url(), &["doctor"]);
        for native in CHECKS.iter().filter(|check| !all.contains(&check.name)) {
            let line = format!("\n✓ {} ", native.name);
            assert!(!run.stdout.contains(&line), "{}: {run:?}", native.name);
        }
        assert!(!run.stdout.contains("migrat"), "{run:?}");
        let (before, after): (i64, i64) = (0, standing.db.one(OURS).await);
        assert_eq!(before, after, "something was made in {name}");
    }
}

/// What there is of ours.
const OURS: &str = "select count(*) from pg_namespace where nspname = 'dlqtop'";

#[tokio::test(flavor = "multi_thread")]
async fn every_file_that_the_role_may_not_run_is_named_with_its_grant() {
    for kind in systems().into_iter().filter(|kind| kind.name != "tasker") {
        if kind.folder.is_some() {
            continue;
        }
        let standing = fresh(&kind.name).await;
        let schema = if kind.name == "tasker-core" {
            "tasker"
        } else {
            "public"
        };
        let reading = READING.replace("public", schema);
        let (role, url) = role(&standing, &reading).await;
        let acts: Vec<&str> = ["close_entry", "resume_task"]
            .into_iter()
            .filter(|act| kind.files.contains_key(*act))
            .collect();
        let (code, json) = examined(&url, &[]);
        assert_eq!(code, Some(0), "{json:#}");
        expect(
            &json,
            "your role",
            "fine",
            &["may look, not act", "select: "],
        );
        for act in acts {
            let file = format!("{act}.sql");
            expect(&json, "files", "warning", &[&file, "ask for: grant "]);
        }
        // One table that it may not even read.
        let queue: String = standing
            .db
            .one(
                "select format('%I.%I', schemaname, tablename) from pg_tables
                  where tablename in ('worker_failed_jobs', 'tasks', 'tasks_dlq')
                  order by length(tablename) desc limit 1",
            )
            .await;
        standing
            .db
            .run(&format!("revoke select on {queue} from {role}"))
            .await;
        let (code, json) = examined(&url, &[]);
        assert_eq!(code, Some(1), "{json:#}");
        let grant = format!("ask for: grant select on {queue} to {role}");
        expect(
            &json,
            "files",
            "wrong",
            &["queue.sql", "entries_page.sql", &grant],
        );
        expect(
            &json,
            "your role",
            "warning",
            &["may not read all of it", &grant],
        );
        let verdict = json["verdict"].as_str().unwrap();
        assert!(verdict.starts_with("1 wrong, begin with files"), "{json:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_not_enter_the_schema_is_told_so_check_by_check() {
    let standing = fresh("tasker-core").await;
    let (role, url) = role(&standing, "").await;
    let (code, json) = examined(&url, &[]);
    assert_eq!(code, Some(1), "{json:#}");
    let grant = format!("ask for: grant usage on schema tasker to {role}");
    expect(&json, "your role", "warning", &[&grant, "nothing: "]);
    expect(&json, "files", "wrong", &[&grant, "counts.sql, "]);
    expect(&json, "layout", "not_looked_at", &[&grant]);
    expect(&json, "tables", "fine", &["10 of the 10"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_are_not_there_are_named_and_what_is_left_out_for_them() {
    let standing = fresh("celery").await;
    standing
        .db
        .run("drop table kombu_message, kombu_queue")
        .await;
    let (code, json) = examined(&standing.db.url(), &[]);
    assert_eq!(code, Some(0), "{json:#}");
    let left_out = "there is no kombu_queue: what it would tell is left out";
    expect(&json, "tables", "fine", &["1 of the 3 tables", left_out]);

    let tasker = fresh("tasker-core").await;
    tasker
        .db
        .run("drop table tasker.workflow_step_result_audit cascade")
        .await;
    let (_, json) = examined(&tasker.db.url(), &[]);
    expect(
        &json,
        "tables",
        "warning",
        &[
            "9 of the 10 tables",
            "workers.sql, for the workers pane",
            "there is no tasker.workflow_step_result_audit",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_layout_lacks_is_told_with_what_makes_it() {
    let tasks = fresh("task-orchestrator").await;
    let url = tasks.db.url();
    let invalid =
        "update pg_index set indisvalid = false where indexrelid = 'idx_tasks_claimable'::regclass";
    tasks.db.run(invalid).await;
    let (code, json) = examined(&url, &[]);
    assert_eq!(code, Some(1), "{json:#}");
    expect(
        &json,
        "layout",
        "wrong",
        &[
            "public.idx_tasks_claimable, is not valid",
            "reindex index concurrently public.idx_tasks_claimable",
        ],
    );
    tasks.db.run("drop index idx_tasks_claimable").await;
    let (code, json) = examined(&url, &[]);
    assert_eq!(code, Some(0), "{json:#}");
    let first = "create index concurrently on public.tasks (priority desc, created_at) where status = 'pending'";
    expect(&json, "layout", "warning", &["no index for claims", first]);
    tasks
        .db
        .run("alter table tasks drop constraint tasks_type_idempotency_key_key")
        .await;
    expect(
        &examined(&url, &[]).1,
        "layout",
        "warning",
        &["enqueued twice"],
    );
    // What it says to do puts it right.
    tasks.db.run(&first.replace(" concurrently", "")).await;
    tasks
        .db
        .run("create unique index on tasks (type, idempotency_key)")
        .await;
    expect(&examined(&url, &[]).1, "layout", "fine", &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_guards_and_policies_a_layout_lacks_is_told() {
    let jobs = fresh("celery").await;
    jobs.db
        .run("drop index ix_worker_failed_jobs_status; drop policy tenant_isolation on worker_failed_jobs")
        .await;
    let (_, json) = examined(&jobs.db.url(), &[]);
    let no_policy = "row-level security is on for public.worker_failed_jobs and there is no policy";
    expect(
        &json,
        "layout",
        "warning",
        &["no index on status", no_policy],
    );

    let tasker = fresh("tasker-core").await;
    tasker.db
        .run("drop index tasker.idx_dlq_unique_pending_task; drop index tasker.idx_task_transitions_uuid_most_recent")
        .await;
    let (code, json) = examined(&tasker.db.url(), &[]);
    assert_eq!(code, Some(1), "{json:#}");
    expect(
        &json,
        "layout",
        "wrong",
        &["two open investigations", "two present states"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_rows_are_seen_is_said_and_a_tenant_that_nobody_names_is_a_warning() {
    let standing = fresh("celery").await;
    let (_, url) = role(&standing, READING).await;
    let (_, json) = examined(&url, &[]);
    expect(
        &json,
        "rows seen",
        "warning",
        &[
            "no tenant; row-level security may hide rows of public.worker_failed_jobs",
            "tenant = ",
            "app.current_tenant_id",
        ],
    );
    let home = Home::with(&format!(
        "[profiles.shop]\ndatabase_url = \"{url}\"\ntenant = \"7b1d2c9e-4f60-4a83-9d2e-51c3a0e8f417\"\n"
    ));
    let run = home.run(&["doctor", "--json", "--profile", "shop"]);
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    expect(
        &json,
        "rows seen",
        "fine",
        &["tenant 7b1d2c9e-4f60-4a83-9d2e-51c3a0e8f417; "],
    );
    let (_, json) = examined(&standing.db.url(), &[]);
    expect(
        &json,
        "rows seen",
        "fine",
        &["all tenants; no row-level security"],
    );
    // In a system that knows of no tenants.
    let tasks = fresh("task-orchestrator").await;
    let (_, url) = role(&tasks, READING).await;
    tasks
        .db
        .run("alter table tasks enable row level security")
        .await;
    let (_, json) = examined(&url, &[]);
    expect(
        &json,
        "rows seen",
        "warning",
        &["may hide rows of public.tasks"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_system_calls_wrong_itself_is_a_warning() {
    let standing = fresh("task-orchestrator").await;
    let (code, json) = examined(&standing.db.url(), &[]);
    assert_eq!(code, Some(0), "{json:#}");
    // A single instance registers no worker and has no leader.
    expect(&json, "alerts", "fine", &["none of the 5"]);
    standing
        .db
        .run("insert into workers (id, hostname, pool_size) values ('a-1-x', 'a', 4)")
        .await;
    let (_, json) = examined(&standing.db.url(), &[]);
    expect(
        &json,
        "alerts",
        "warning",
        &["no leader", "once it has lasted 2m"],
    );
    standing
        .db
        .run(
            "update workers set is_leader = true,
                 leader_until = now() at time zone 'utc' + interval '20 s'",
        )
        .await;
    let (_, json) = examined(&standing.db.url(), &[]);
    expect(&json, "alerts", "fine", &["none of the 5"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_systems_the_one_that_is_meant_is_looked_at() {
    let standing = fresh("celery").await;
    let tasks = include_str!("../../../src/demo/fleets/task-orchestrator/schema.sql");
    standing.db.run(tasks).await;
    let url = standing.db.url();
    asked(&url, &["doctor"]).expect_complaint(3, &["celery, task-orchestrator", "--source"]);
    let (_, json) = examined(&url, &["--source", "celery"]);
    expect(
        &json,
        "source",
        "fine",
        &[
            "Celery (celery)",
            "also here: Task orchestrator",
            "--source task-orchestrator",
        ],
    );
    asked(&url, &["doctor", "--source", "tasker-core"])
        .expect_complaint(2, &["does not hold tasker-core"]);
    asked(&url, &["doctor", "--source", "celery", "--repair"])
        .expect_complaint(2, &["--repair is for Tasker's own schema", "celery"]);
}
