//! `dlqtop workers`, and what `staleness`, `stats` and `show` say of what only some systems know, of a
//! source of the user's own.

use std::fs;

use support::database::Database;
use support::dlqtop::{Run, asked};
use support::home::Home;

/// The source's files: values stand where another system would have tables.
const FILES: [(&str, &str); 5] = [
    (
        "source.toml",
        "title = \"Crew\"\nsummary = \"for a test\"\n[recognise]\nrelations = [\"crew\"]\n\
         schemas = [\"dlqtop\"]\n\
         [alerts]\nno_leader = \"2m\"\n",
    ),
    (
        "workers.sql",
        "select worker, host, serves as namespace_name, health, condition, seen_seconds, busy, size,
            is_leader, lease_seconds, '2.4' as version, null::timestamptz as started_at,
            1204::bigint as finished_last_hour, null::bigint as failed_last_hour
         from public.crew order by seen_seconds desc limit $1::bigint",
    ),
    (
        "queues.sql",
        "select 'llm' || n as name, 1204 / n as depth, 90::float8 as oldest_seconds, null::bigint as delayed,
            array['app.llm.*', E'app.\\x1b[31m*'] as routes, 3::bigint as failed
         from generate_series(1::bigint, 3) n limit $1::bigint",
    ),
    (
        "stats_types.sql",
        "select 'send_email' as namespace_name, 'send_email' as task_name, 412::bigint as pending,
            18::bigint as running, 31::bigint as retried, 9::bigint as failed_last_hour,
            0.4::float8 as wait_p50_seconds, 12::float8 as wait_p95_seconds,
            0.085::float8 as run_p50_seconds, null::float8 as run_p95_seconds
         where $1::bigint > 0",
    ),
    (
        "hints.sql",
        "select 'its worker is gone: release it' as text, 'bad' as severity where $1::uuid is not null
         union all select 'nobody said how bad this is', null",
    ),
];

/// What will do as the native source has it.
const NATIVE: [&str; 6] = [
    "counts",
    "find_task",
    "staleness",
    "staleness_total",
    "steps",
    "task",
];

/// A home with that source in it, and a database that has its table. Its tasks are native ones, all of
/// them orphaned.
async fn crewed() -> (Home, Database) {
    let home = Home::with("");
    let folder = home.file().with_file_name("sources").join("crew");
    fs::create_dir_all(&folder).unwrap();
    for (name, text) in FILES {
        fs::write(folder.join(name), text).unwrap();
    }
    for name in NATIVE {
        let native = fs::read_to_string(format!("src/data/sql/sources/tasker/{name}.sql")).unwrap();
        let own = native.replace("null::text as condition", "'orphaned' as condition");
        let own = own.replace(
            "    staleness_threshold_minutes,",
            "    0::float8 as staleness_threshold_minutes,",
        );
        assert_eq!(own != native, name == "staleness");
        fs::write(folder.join(format!("{name}.sql")), own).unwrap();
    }
    let db = Database::new().await;
    db.run(
        "create table public.crew (worker text, host text, serves text, health text, condition text,
            seen_seconds float8, busy bigint, size bigint, is_leader boolean, lease_seconds float8);
         insert into public.crew values
            ('web3-88', 'web3', 'email', 'dead', 'holds 4', 130, 4, 10, true, -12),
            ('web1-47', null, null, 'alive', null, 3, 9, 10, false, null)",
    )
    .await;
    (home, db)
}

fn of_crew(home: &Home, db: &Database, arguments: &[&str]) -> Run {
    let url = db.url();
    let arguments = [arguments, &["--source", "crew", "--database-url", &url]].concat();
    home.run(&arguments)
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_and_queues_are_tables_and_json() {
    let (home, db) = crewed().await;
    let table = of_crew(&home, &db, &["workers"]);
    let table = table.expect_answer();
    let lines: Vec<&str> = table.lines().collect();
    assert!(
        lines[0].starts_with("HEALTH") && lines[0].contains("CONDITION"),
        "{table}"
    );
    let dead: Vec<&str> = lines[1].split_whitespace().collect();
    assert_eq!(
        dead[..8],
        ["dead", "web3-88", "web3", "email", "4", "10", "2m", "10s"],
        "{table}"
    );
    assert!(
        lines[1].contains("ran out 12s ago") && lines[1].ends_with("holds 4"),
        "{table}"
    );
    assert_eq!(lines[3], "2 workers");
    assert_eq!(lines[4], "1 alive, 1 dead, pool 9/10, no leader");
    assert!(table.contains("llm1") && table.contains("1,204"), "{table}");
    assert!(
        table.contains("app.\\u{1b}[31m*") || !table.contains('\u{1b}'),
        "{table}"
    );
    assert!(table.ends_with("3 queues\n"), "{table}");

    let json = of_crew(&home, &db, &["workers", "--json"]).expect_json();
    assert_eq!(json["workers"][0]["worker"], "web3-88", "{json}");
    assert_eq!(json["workers"][0]["lease_seconds"], -12.0, "{json}");
    assert_eq!(json["queues"][2]["depth"], 401, "{json}");
    assert_eq!(json["more_workers"], false, "{json}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cap_is_never_silent() {
    let (home, db) = crewed().await;
    let table = of_crew(&home, &db, &["workers", "--limit", "1"]);
    let table = table.expect_answer();
    assert!(table.contains("1 worker, and there are more\n"), "{table}");
    assert!(
        !table.contains("no leader"),
        "one of the others may lead: {table}"
    );
    assert!(table.ends_with("1 queue, and there are more\n"), "{table}");
    let json = of_crew(&home, &db, &["workers", "--limit", "1", "--json"]).expect_json();
    assert_eq!(json["workers"].as_array().unwrap().len(), 1, "{json}");
    assert_eq!(json["more_queues"], true, "{json}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_a_source_has_is_asked_for() {
    let (home, db) = crewed().await;
    let folder = home.file().with_file_name("sources").join("crew");
    fs::remove_file(folder.join("queues.sql")).unwrap();
    let table = of_crew(&home, &db, &["workers"]);
    assert!(table.expect_answer().ends_with("no leader\n"), "{table:?}");
    let json = of_crew(&home, &db, &["workers", "--json"]).expect_json();
    assert!(
        json["queues"].is_null() && json["more_queues"].is_null(),
        "{json}"
    );

    let native = asked(&Database::new().await.url(), &["workers"]);
    native.expect_complaint(2, &["neither workers nor queues"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn types_and_hints_are_printed() {
    let (home, db) = crewed().await;
    let stats = of_crew(&home, &db, &["stats"]);
    let stats = stats.expect_answer();
    let row = stats
        .lines()
        .find(|line| line.starts_with("send_email"))
        .unwrap();
    let row: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(
        row,
        ["send_email", "412", "18", "31", "9", "400ms", "12s", "85ms"],
        "{stats}"
    );

    db.template("{}").await;
    let task = db.started().await;
    let shown = of_crew(&home, &db, &["show", &task.to_string()]);
    let shown = shown.expect_answer();
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[2], "  bad: its worker is gone: release it", "{shown}");
    assert_eq!(lines[3], "  info: nobody said how bad this is", "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_stands_with_the_state_and_is_found() {
    let (home, db) = crewed().await;
    db.template("{}").await;
    db.started().await;
    let table = of_crew(&home, &db, &["staleness"]);
    let row = table.expect_answer().lines().nth(1).unwrap_or_default();
    assert!(
        row.contains("steps_in_process · orphaned") && !row.contains('%'),
        "{table:?}"
    );
    assert_eq!(row.matches(" – ").count(), 2, "{table:?}");
    let json = of_crew(&home, &db, &["staleness", "--json"]).expect_json();
    assert_eq!(json["rows"][0]["condition"], "orphaned", "{json}");
    for (filter, rows) in [("state:orphaned", 1), ("!state:orphaned", 0)] {
        let found = of_crew(&home, &db, &["staleness", "--filter", filter, "--json"]);
        let found = found.expect_json();
        assert_eq!(
            found["rows"].as_array().unwrap().len(),
            rows,
            "{filter}: {found}"
        );
    }
}
