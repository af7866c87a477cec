//! What was done, and what a shift hands over.

use dlqtop::data::model::safe_text::is_unsafe;
use support::database::Database;
use support::dlqtop::{asked, dlqtop};
use support::scene::DeadLetter;
use uuid::Uuid;

/// Three dead letters; one retried and closed by ana, one owned by bo, who wrote a note.
async fn a_shift() -> (Database, Vec<DeadLetter>) {
    let db = Database::new().await;
    db.template("{}").await;
    let mut letters = Vec::new();
    for n in 1..=3 {
        letters.push(db.dead_letter(&format!("card_declined: order {n}")).await);
    }
    let [a, b, c] = [0, 1, 2].map(|at: usize| letters[at].entry.to_string());
    let act = |arguments: &[&str], who: &str, why: &str| {
        let mut all = arguments.to_vec();
        all.extend(["--yes", "--as", who, "--reason", why]);
        asked(&db.url(), &all).expect_answer();
    };
    act(&["step", "retry", &a, &c], "ana@lap7", "processor is back");
    act(
        &["entry", "close", &a, "--status", "manually_resolved"],
        "ana@lap7",
        "it was the card | processor",
    );
    act(&["entry", "claim", &b, "--for", "2h"], "bo@desk", "mine");
    act(
        &["entry", "note", &b],
        "bo@desk",
        "asked the bank <b>twice</b>",
    );
    act(&["entry", "snooze", &c], "bo@desk", "until the bank opens");
    db.run(
        "insert into dlqtop.sweeps (instance, started, took, detected, moved, skipped, failed, dry_run)
         values ('lap7', now(), '1 s', 4, 3, 0, 1, false)",
    )
    .await;
    (db, letters)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_who_did_what_and_how_to_do_it_again() {
    let (db, letters) = a_shift().await;
    let url = db.url();
    let table = asked(&url, &["log"]);
    let table = table.expect_answer();
    for said in [
        "reset_for_retry",
        "ana@lap7",
        "processor is back",
        "error",
        "2 × pay/charge · first",
        "2 done",
        "\n5 acts\n",
    ] {
        assert!(table.contains(said), "no {said}: {table}");
    }
    let json = asked(&url, &["log", "--by", "ana", "--json"]).expect_json();
    let rows = json["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 3, "{json}");
    assert_eq!(json["more"], false);
    assert_eq!(rows[0]["action"], "close_entry", "newest first: {json}");
    assert_eq!(rows[0]["before"], "pending");
    assert_eq!(rows[0]["after"], "manually_resolved");
    assert_eq!(rows[1]["batch"], rows[2]["batch"], "one act: {json}");
    assert_eq!(
        rows[0]["command"],
        format!(
            "dlqtop entry close {} --status manually_resolved --reason 'it was the card | processor'",
            letters[0].entry
        )
    );
    let json = asked(&url, &["log", "--limit", "2", "--json"]).expect_json();
    assert_eq!(json["rows"].as_array().unwrap().len(), 2, "{json}");
    assert_eq!(json["more"], true);
    let each = asked(&url, &["log", "--limit", "6", "--each"]);
    assert!(each.expect_answer().ends_with("\n6 lines\n"), "{each:?}");
    let short = asked(&url, &["log", "--limit", "4"]);
    let said = "\n4 acts, and there are more\n";
    assert!(short.expect_answer().ends_with(said), "{short:?}");
    let all = asked(&url, &["log", "--limit", "5"]);
    assert!(all.expect_answer().ends_with("\n5 acts\n"), "{all:?}");
    db.run(
        "insert into dlqtop.operator_log (at, actor, action, subject, outcome)
            values (now() - interval '2 days', 'eve', 'configure', 'x', 'done')",
    )
    .await;
    let old = asked(&url, &["log", "--since", "1d", "--by", "eve"]);
    assert_eq!(old.expect_answer(), "0 acts\n");
    let old = asked(&url, &["log", "--since", "3d", "--by", "eve", "--json"]).expect_json();
    assert_eq!(old["rows"][0]["command"], serde_json::Value::Null, "{old}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_many_pages_brings_each_line_once() {
    let db = Database::new().await;
    db.run(
        "insert into dlqtop.operator_log (at, actor, action, subject, outcome)
         select now() - (n / 7) * interval '1 second', 'ana', 'add_note', n::text, 'done'
         from generate_series(1, 2500) n;
         insert into dlqtop.operator_log (at, actor, action, subject, outcome)
         values ('infinity', 'ana', 'add_note', 'later', 'done'),
                ('-infinity', 'ana', 'add_note', 'earlier', 'done')",
    )
    .await;
    let json = asked(&db.url(), &["log", "--limit", "5000", "--json"]).expect_json();
    let mut subjects: Vec<&str> = json["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["subject"].as_str().unwrap())
        .collect();
    assert_eq!((subjects[0], subjects[2_501]), ("later", "earlier"));
    subjects.sort_unstable();
    subjects.dedup();
    assert_eq!(subjects.len(), 2_502);
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_listed_by_how_they_stand_and_by_filter() {
    let (db, letters) = a_shift().await;
    let url = db.url();
    let ids = |arguments: &[&str]| -> Vec<String> {
        let mut all = vec!["entries", "--json"];
        all.extend(arguments);
        let json = asked(&url, &all).expect_json();
        let rows = json["rows"].as_array().unwrap();
        rows.iter()
            .map(|row| row["dlq_entry_uuid"].as_str().unwrap().to_owned())
            .collect()
    };
    let [a, b, c] = [0, 1, 2].map(|at: usize| letters[at].entry.to_string());
    assert_eq!(ids(&[]), [c.as_str(), b.as_str()], "open, newest first");
    assert_eq!(ids(&["--status", "closed"]), [a.as_str()]);
    assert_eq!(ids(&["--status", "all"]).len(), 3);
    assert_eq!(ids(&["--filter", "owner:bo"]), [b.as_str()]);
    assert_eq!(
        ids(&["--status", "all", "--filter", "error:declined !owner:bo"]).len(),
        2
    );
    let table = asked(&url, &["entries", "--status", "closed"]);
    let table = table.expect_answer();
    for said in [
        "manually_resolved",
        "ana@lap7",
        "it was the card | processor",
        "1 investigation",
    ] {
        assert!(table.contains(said), "no {said}: {table}");
    }
    let one = asked(&url, &["entries", "--limit", "1"]);
    assert!(
        one.expect_answer()
            .ends_with("1 investigation, and there are more\n")
    );
    let wrong = asked(&url, &["entries", "--filter", "age>soon"]);
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
}

/// Ids and times differ from run to run.
fn settled(report: &str) -> String {
    let mut text = String::new();
    for line in report.lines() {
        let words: Vec<String> = line
            .split(' ')
            .map(|word| {
                if Uuid::try_parse(word).is_ok() {
                    "ID".to_owned()
                } else if word.len() == 10 && word.as_bytes()[4] == b'-' {
                    "DAY".to_owned()
                } else if word.len() == 5 && word.as_bytes()[2] == b':' {
                    "TIME".to_owned()
                } else {
                    word.to_owned()
                }
            })
            .collect();
        text += &words.join(" ");
        text.push('\n');
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handover_has_what_the_next_shift_needs() {
    let (db, letters) = a_shift().await;
    let url = db.url();
    let report = asked(&url, &["handover"]);
    let report = settled(report.expect_answer());
    let first = report.lines().next().unwrap().to_owned();
    assert!(first.starts_with("# Handover of "), "{first}");
    let report = report.replace(&first, "# Handover of PLACE");
    let second = report.lines().nth(2).unwrap().to_owned();
    let database: String = db.one("select current_database()").await;
    assert!(
        second.starts_with(&format!("Database {database} on ")),
        "{second}"
    );
    let report = report.replace(&second, "Database PLACE");
    // How long the oldest one has been open is a matter of seconds.
    let report = report
        .lines()
        .map(|line| line.split(", the oldest for").next().unwrap())
        .collect::<Vec<_>>()
        .join("\n");
    insta::assert_snapshot!(report);

    let json = asked(&url, &["handover", "--since", "30m", "--json"]).expect_json();
    assert_eq!(json["opened"], 3, "{json}");
    assert_eq!(json["closed"], 1, "{json}");
    assert_eq!(json["owned"][0]["owner"], "bo@desk", "{json}");
    assert_eq!(
        json["owned"][0]["dlq_entry_uuid"],
        letters[1].entry.to_string()
    );
    assert_eq!(
        json["snoozed"][0]["dlq_entry_uuid"],
        letters[2].entry.to_string()
    );
    assert_eq!(json["batches"][0]["done"], 2, "{json}");
    assert_eq!(json["sweeps"][0]["failed"], 1, "{json}");
    assert_eq!(
        json["errors"][0]["opened"], 3,
        "alike but for their numbers: {json}"
    );
    // What was before is not handed over again.
    db.run(
        "update tasker_tasks_dlq set dlq_timestamp = dlq_timestamp - interval '2 days',
                resolution_timestamp = resolution_timestamp - interval '1 day'",
    )
    .await;
    let json = asked(&url, &["handover", "--json"]).expect_json();
    assert_eq!(
        (&json["opened"], &json["closed"]),
        (&0.into(), &0.into()),
        "{json}"
    );
    assert_eq!(
        json["owned"].as_array().unwrap().len(),
        1,
        "still owned: {json}"
    );
    dlqtop(&["handover", "--since", "soon"]);
    let wrong = dlqtop(&["handover", "--since", "0s"]);
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_of_the_database_forges_a_heading_a_row_or_a_tag() {
    let db = Database::new().await;
    db.template("{}").await;
    let letter = db.dead_letter("x").await;
    let evil = "\n\n# forged\n| a | b |\n<script>x</script> ``` [l](http://e) \u{1b}[2J";
    let evil = evil.replace('\'', "''");
    db.run(&format!(
        "insert into dlqtop.notes (entry, author, body) values ('{}', '{evil}', '{evil}');
         update tasker_named_tasks set name = '{evil}'",
        letter.entry
    ))
    .await;
    let report = asked(&db.url(), &["handover"]);
    let report = report.expect_answer();
    assert!(report.contains("forged"), "{report}");
    for line in report.lines() {
        assert!(!line.contains(is_unsafe), "{line:?}");
        assert!(
            !line.starts_with("# forged") && !line.starts_with("| a"),
            "{line}"
        );
        if line.contains("forged") {
            let bars = line.replace("\\|", "").matches('|').count();
            assert!(
                [5, 6, 7, 8].contains(&bars),
                "a row of its own table: {line}"
            );
            for markup in ["<script", "```", "[l]", "http:"] {
                let forged = line
                    .match_indices(markup)
                    .any(|(at, _)| !line[..at].ends_with('\\'));
                assert!(!forged, "{markup}: {line}");
            }
        }
    }
}
