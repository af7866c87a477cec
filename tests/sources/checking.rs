//! What a check says of folders that are wrong in some way.

use std::collections::BTreeMap;

use dlqtop::data::doctor::Level;
use dlqtop::data::source::SourceKind;
use dlqtop::data::source::check::{self, CheckResult, Depth};
use dlqtop::data::source::recognise::Given;
use support::database::Database;

use crate::systems::{empty, full, systems};

const PLAIN: &str = "plain-jobs";

fn plain() -> SourceKind {
    systems()
        .into_iter()
        .find(|kind| kind.name == PLAIN)
        .unwrap()
}

/// The fixture with one file put in, changed or taken away.
fn with(file: &str, text: Option<&str>) -> SourceKind {
    let kind = plain();
    let folder = kind.folder.clone().unwrap();
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        files.insert(name, std::fs::read_to_string(path).unwrap());
    }
    match text {
        Some(text) => files.insert(file.to_owned(), text.to_owned()),
        None => files.remove(file),
    };
    SourceKind::new(PLAIN, files).unwrap()
}

/// The fixture with something else in its manifest.
fn manifest(from: &str, to: &str) -> SourceKind {
    let path = plain().folder.unwrap().join("source.toml");
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from}");
    with("source.toml", Some(&text.replacen(from, to, 1)))
}

fn lines(told: &[CheckResult]) -> Vec<String> {
    let bad = told.iter().filter(|told| told.finding.level > Level::Fine);
    bad.map(|told| {
        let first = told
            .finding
            .first
            .as_ref()
            .map_or("", |first| first.as_str());
        format!("{} {}: {first}", told.file, told.finding.what)
    })
    .collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of faults")]
fn a_folder_alone_tells_much() {
    let cases = vec![
        (
            manifest("title = \"Plain jobs\"", "title = \"\""),
            "source.toml there is no title",
        ),
        (
            manifest("tables = [\"jobs\"]", "tables = [\"job\"]"),
            "[recognise] tables names job",
        ),
        (
            manifest("tables = [\"jobs\"]", ""),
            "names neither relations nor tables",
        ),
        (
            manifest("\"job_state.failed\"", "\"failed\""),
            "failed lacks what it is of",
        ),
        (
            manifest("[recognise.columns.jobs]", "[recognise.columns.job]"),
            "[recognise.columns] job is neither in [tables] nor in relations",
        ),
        (
            manifest("\"discarded\"\n\n[alerts]", "\" \"\n\n[alerts]"),
            "permanently_failed is blank",
        ),
        (
            manifest("permanently_failed =", "given_up ="),
            "[resolutions] given_up: there are manually_resolved",
        ),
        (
            manifest("[actions.resume_task]", "[actions.cancel_task]"),
            "[actions.cancel_task]: there is no cancel_task.sql",
        ),
        (
            manifest("[actions.resume_task]", "[actions.queue]"),
            "[actions.queue]: there is no act of that name",
        ),
        (
            manifest("queued_minutes = 15", "queue_minutes = 15"),
            "{setting:queued_minutes} is not in source.toml",
        ),
        (
            manifest("queued_minutes = 15", "queued_minutes = 15\nold = 1"),
            "[settings] old is used by no file",
        ),
        (
            manifest("[words]", "[needs]\nqueues = [\"broker\"]\n[words]"),
            "[needs] queues names broker",
        ),
        (
            manifest("task = \"job\"", "task = \"\""),
            "[words] task is blank",
        ),
        (with("alerts.sql", None), "[alerts]: there is no alerts.sql"),
        (with("rights.sql", None), "no rights.sql"),
        (
            with("quue.sql", Some("select 1")),
            "quue.sql there is no such file in the contract: nobody reads it: did you mean queue.sql?",
        ),
        (
            with("task.sql", Some("-- later\n;\n")),
            "task.sql it holds no statement",
        ),
        (
            with("task.sql", Some("select {profile:tenant} where $1")),
            "{profile:tenant}: what a profile says",
        ),
        (
            with("task.sql", Some("select '$12'")),
            "it does not look at $1, the task",
        ),
        (
            with("resume_task.sql", Some("select $1")),
            "it does not look at $2, the state it must still have",
        ),
        (
            with("task.sql", Some("select $1, $2")),
            "it is given 1 parameters, and asks for more",
        ),
    ];
    for (kind, expected) in cases {
        let lines = lines(&check::folder(&kind));
        let told = lines.iter().any(|line| line.contains(expected));
        assert!(told, "no {expected:?} among {lines:#?}");
    }
}

#[test]
fn what_stands_in_a_table_of_settings_is_held_to_what_each_is_like() {
    for (kind, expected) in [
        (
            manifest("[words]", "[each]\nqueued_minutes = 1\n[words]"),
            "[each] queued_minutes: there is no table queued_minutes in [settings]",
        ),
        (
            manifest(
                "[words]",
                "by_type = { a = \"1\" }\n[each]\nby_type = 1.0\n[words]",
            ),
            "[settings] by_type: \"a\" must be a number",
        ),
    ] {
        let lines = lines(&check::folder(&kind));
        let told = lines.iter().any(|line| line.contains(expected));
        assert!(told, "no {expected:?} among {lines:#?}");
    }
}

#[tokio::test]
async fn a_part_of_a_folder_is_checked_where_it_stands_and_is_no_file_itself() {
    let own = tempfile::tempdir().unwrap();
    let folder = own.path().join(PLAIN);
    std::fs::create_dir(&folder).unwrap();
    for entry in std::fs::read_dir(plain().folder.unwrap()).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
    std::fs::rename(folder.join("task.sql"), folder.join("whole.part.sql")).unwrap();
    std::fs::write(folder.join("task.sql"), "-- One.\n{part:whole}\n").unwrap();
    let kind = SourceKind::read(&folder).unwrap();
    let standing = full(&plain()).await;
    let told = [check::folder(&kind), tried(&kind, &standing.db).await].concat();
    assert_eq!(lines(&told), Vec::<String>::new());
    let tried = told.iter().any(|told| told.file == "task.sql");
    assert!(tried, "{told:?}");
    std::fs::remove_file(folder.join("whole.part.sql")).unwrap();
    let why = SourceKind::read(&folder).unwrap_err();
    assert_eq!(why, "task.sql: there is no whole.part.sql");
}

/// What a database says of it.
async fn tried(kind: &SourceKind, db: &Database) -> Vec<CheckResult> {
    let given = Given::default();
    check::database(&db.options, kind, &given, Depth::default())
        .await
        .unwrap()
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table of faults")]
async fn a_database_tells_the_rest() {
    let standing = full(&plain()).await;
    let text = std::fs::read_to_string(plain().folder.unwrap().join("queue.sql")).unwrap();
    let queue = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        with("queue.sql", Some(&text.replace(from, to)))
    };
    let cases = vec![
        (
            queue("p.tries as attempts,", ""),
            "queue.sql it has no column attempts (integer)",
        ),
        (
            queue("p.tries as attempts", "p.tries::bigint as attempts"),
            "the column attempts is int8, and must be integer: write ::integer behind it",
        ),
        (
            queue("p.tries as attempts", "p.tries as attempts, 1 as more"),
            "nobody reads the column more",
        ),
        (
            queue("0::bigint as notes", "null::bigint as notes"),
            "the column notes is null in some row, and must never be",
        ),
        (
            queue(
                "p.at as dlq_timestamp",
                "'infinity'::timestamptz as dlq_timestamp",
            ),
            "the column dlq_timestamp is infinite",
        ),
        (
            queue("order by p.instant, p.uuid", "order by p.uuid"),
            "not in the order of priority_instant and dlq_entry_uuid",
        ),
        (
            queue("and (p.instant, p.uuid) > ($2::timestamptz, $3::uuid)", ""),
            "the page behind a row does not begin with the next",
        ),
        (
            queue("limit $1::bigint", "limit $1::bigint + 9"),
            "it brings more rows than $1 says",
        ),
        (
            queue(
                "where (p.uuid = any($4::uuid[])) = $5::boolean\n  and",
                "where",
            ),
            "snoozed entries are not kept apart from the others",
        ),
        (
            queue("from placed p", "from placed p\njoin gone on true"),
            "line 46: relation \"gone\" does not exist",
        ),
        (
            with("task.sql", Some("select 1; select 2")),
            "task.sql it holds more than one statement",
        ),
        (
            with("task.sql", Some("commit")),
            "task.sql it has no column task_uuid",
        ),
        (
            with("counts.sql", Some("delete from public.jobs")),
            "counts.sql it has no column stale",
        ),
        (
            with(
                "queue_total.sql",
                Some(
                    "with gone as (delete from public.jobs returning id) select count(*) as rows, false from gone",
                ),
            ),
            "queue_total.sql it writes, and only acts may",
        ),
        (
            with(
                "queue_total.sql",
                Some("select 1::bigint as rows, false from pg_sleep(20)"),
            ),
            "queue_total.sql it takes longer than 5 s",
        ),
        (
            with(
                "hints.sql",
                Some(
                    "select 'look'::text as text, 'loud'::text as severity from public.jobs where $1::uuid is not null",
                ),
            ),
            "the column severity says \"loud\": it can be bad, warning, info",
        ),
        (
            manifest("nobody = \"1m\"", "nobody = \"1m\"\nnever = \"1m\""),
            "[alerts] has never, of which alerts.sql says nothing",
        ),
        (
            manifest("max_tries = \"integer\"", "max_trials = \"integer\""),
            "this database does not hold it: there is no jobs.max_trials",
        ),
        (
            manifest("max_tries = \"integer\"", "max_tries = \"text or int8\""),
            "this database does not hold it: jobs.max_tries is integer, not text or int8",
        ),
    ];
    for (kind, expected) in cases {
        let lines = lines(&tried(&kind, &standing.db).await);
        let told = lines.iter().any(|line| line.contains(expected));
        assert!(told, "no {expected:?} among {lines:#?}");
    }
    let jobs: i64 = standing.db.one("select count(*) from jobs").await;
    assert_eq!(jobs, 300, "a check writes nothing");
}

#[tokio::test]
async fn a_good_source_is_told_so_file_by_file() {
    let standing = full(&plain()).await;
    let told = tried(&plain(), &standing.db).await;
    assert_eq!(lines(&told), Vec::<String>::new());
    let fine: Vec<&str> = told.iter().map(|told| told.file.as_str()).collect();
    for file in plain().files.keys() {
        assert!(
            fine.contains(&format!("{file}.sql").as_str()),
            "{file} is passed over"
        );
    }
}

#[tokio::test]
async fn a_role_is_told_which_grants_it_lacks_to_read_and_to_act() {
    let standing = full(&plain()).await;
    let role = format!("author_of_{}", standing.db.options.get_database().unwrap());
    standing
        .db
        .run(&format!("create role {role} nologin"))
        .await;
    let options = standing
        .db
        .options
        .clone()
        .options([("role", role.as_str())]);
    let tried = async || {
        let given = Given::default();
        let told = check::database(&options, &plain(), &given, Depth::default()).await;
        told.unwrap()
    };
    let told = tried().await;
    let of = |told: &[CheckResult], file: &str| {
        let found = told.iter().find(|told| told.file == file).unwrap();
        (
            found.finding.level,
            found.finding.first.as_ref().map(ToString::to_string),
        )
    };
    let select = format!("ask for: grant select on public.jobs to {role}");
    assert_eq!(of(&told, "queue.sql"), (Level::Wrong, Some(select)));
    standing
        .db
        .run(&format!("grant select on jobs to {role}"))
        .await;
    let told = tried().await;
    assert_eq!(of(&told, "queue.sql").0, Level::Fine);
    let update = format!("ask for: grant update on public.jobs to {role}");
    assert_eq!(of(&told, "resume_task.sql"), (Level::Warning, Some(update)));
}

#[tokio::test]
async fn what_is_not_in_this_database_is_passed_over() {
    let toml = std::fs::read_to_string(plain().folder.unwrap().join("source.toml")).unwrap();
    let toml = toml
        .replacen("[tables]\n", "[tables]\nbroker = [\"broker\"]\n", 1)
        .replacen("[words]", "[needs]\nqueues = [\"broker\"]\n[words]", 1);
    let mut files: BTreeMap<String, String> = (plain().files.iter())
        .map(|(name, text)| (format!("{name}.sql"), text.clone()))
        .collect();
    files.insert("source.toml".to_owned(), toml);
    files.insert(
        "queues.sql".to_owned(),
        "select from {table:broker} limit $1".to_owned(),
    );
    let kind = SourceKind::new(PLAIN, files).unwrap();
    let standing = empty(&plain()).await;
    let told = tried(&kind, &standing.db).await;
    let queues = told.iter().find(|told| told.file == "queues.sql").unwrap();
    assert_eq!(queues.finding.level, Level::NotLookedAt);
    assert_eq!(queues.finding.what, "there is no broker here");
}
