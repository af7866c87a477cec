//! `dlqtop handover` of a system that has no statements for it: what its entries tell, and what is kept
//! beside it.

use serde_json::Value;
use support::dlqtop::asked;

use super::{fresh, lived};
use crate::companion::scene::{NOTE, OWN, SNOOZE, Shop, job, on, resume};

fn handover(shop: &Shop) -> Value {
    shop.asked(&["handover", "--json"]).expect_json()
}

/// A shop in which somebody has done something of each kind.
async fn worked_in() -> Shop {
    let shop = Shop::furnished(6).await;
    shop.act("ana", &on(1, OWN)).await;
    shop.act("bo", &on(2, SNOOZE)).await;
    shop.act("bo", &on(3, NOTE)).await;
    shop.act("ana", &resume(4)).await;
    let ids = [job(5), job(6)].map(|id| id.to_string());
    let note = ["entry", "note", &ids[0], &ids[1]];
    let why = ["--reason", "ask | the supplier", "--yes"];
    let both = shop.asked(&[&note[..], &why].concat());
    assert_eq!(both.code, Some(0), "{both:?}");
    shop
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_beside_is_handed_over() {
    let shop = worked_in().await;
    let json = handover(&shop);
    let held = |part: &str| {
        let lines = json[part].as_array().unwrap();
        assert_eq!(lines.len(), 1, "{json:#}");
        assert!(!lines[0]["until"].is_null(), "{json:#}");
        (
            lines[0]["dlq_entry_uuid"].as_str().unwrap().to_owned(),
            lines[0]["owner"].as_str().unwrap().to_owned(),
        )
    };
    assert_eq!(held("owned"), (job(1).to_string(), "ana".to_owned()));
    assert_eq!(held("snoozed"), (job(2).to_string(), "bo".to_owned()));
    let notes = json["notes"].as_array().unwrap();
    let mut jobs: Vec<&str> = notes
        .iter()
        .map(|note| note["task_name"].as_str().unwrap())
        .collect();
    jobs.sort_unstable();
    assert_eq!(jobs, ["job3", "job5", "job6"], "{json:#}");
    let batches = json["batches"].as_array().unwrap();
    assert_eq!(batches.len(), 1, "one by one is no batch: {json:#}");
    assert_eq!(
        (&batches[0]["done"], &batches[0]["action"]),
        (&2.into(), &"add_note".into())
    );
    let acts = json["acts"].as_array().unwrap();
    let did = |who: &str, what: &str| {
        let mut found = acts.iter().filter(|act| act["action"] == what);
        let found = found.find(|act| act["actor"].as_str().unwrap().starts_with(who));
        found.map_or(0, |act| act["done"].as_i64().unwrap())
    };
    assert_eq!(
        (
            did("ana", "resume_task"),
            did("bo", "add_note"),
            did("ana", "add_note")
        ),
        (1, 1, 2),
        "{json:#}"
    );
    assert_eq!(json["remarks"], serde_json::json!({}), "{json:#}");
    assert!(json["sweeps"].is_null(), "{json:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_has_it_in_words_and_nothing_that_has_ended() {
    let shop = worked_in().await;
    let report = shop.asked(&["handover"]);
    let report = report.expect_answer();
    for piece in [
        "- still owned: 1\n",
        "## What operators did\n",
        "| ana | resume_task | 1 | 0 | 0 |",
        r"ask \| the supplier",
        "| failed job |",
    ] {
        assert!(report.contains(piece), "no {piece:?}: {report}");
    }
    assert!(!report.contains("detector"), "{report}");
    // What has ended is not handed over, nor is what was before.
    shop.db
        .run(
            "update dlqtop.claims set expires_at = now() - interval '1 s';
             update dlqtop.snoozes set until = now() - interval '1 s'",
        )
        .await;
    let json = shop.asked(&["handover", "--since", "1s", "--json"]);
    let json = json.expect_json();
    for part in ["owned", "snoozed", "opened_by"] {
        assert_eq!(json[part], serde_json::json!([]), "{json:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_closed_what_is_known_from_the_log_where_the_system_does_not_say() {
    let shop = Shop::furnished(2).await;
    let id = job(1).to_string();
    let close = [
        "entry",
        "close",
        "--status",
        "manually_resolved",
        &id,
        "--reason",
        "stock came in",
        "--yes",
    ];
    let closed = shop.asked(&close);
    assert_eq!(closed.code, Some(0), "{closed:?}");
    let json = handover(&shop);
    assert_eq!(
        (&json["closed"], &json["pending"]),
        (&1.into(), &1.into()),
        "{json:#}"
    );
    let entry = &json["closed_entries"][0];
    assert_eq!(entry["dlq_entry_uuid"], id, "{json:#}");
    assert_eq!(entry["resolution_notes"], "stock came in", "{json:#}");
    assert_eq!(json["closed_by"][0]["resolved_by"], entry["resolved_by"]);
    assert!(
        entry["resolved_by"].as_str().unwrap().starts_with("ana"),
        "{json:#}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_only_reads_what_is_kept_hands_it_over_too() {
    let shop = Shop::furnished(2).await;
    shop.act("ana", &on(1, OWN)).await;
    shop.role(
        "shop_night",
        "grant select on all tables in schema public to shop_night;
         grant usage on schema dlqtop to shop_night;
         grant select on all tables in schema dlqtop to shop_night",
    )
    .await;
    let json = shop
        .asked_as("shop_night", &["handover", "--json"])
        .expect_json();
    assert_eq!(json["owned"][0]["owner"], "ana", "{json:#}");
    assert_eq!(json["acts"][0]["action"], "own_entry", "{json:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_anything_beside_it_the_report_says_what_is_missing() {
    let standing = lived("task-orchestrator").await;
    let url = standing.db.url();
    let json = asked(&url, &["handover", "--since", "30d", "--json"]).expect_json();
    let remarks = json["remarks"].as_object().unwrap();
    let told: Vec<&str> = remarks.keys().map(String::as_str).collect();
    assert_eq!(
        told,
        ["closed", "owned", "snoozed", "notes", "batches"],
        "{json:#}"
    );
    let dead = "select count(*) from tasks where status in ('failed', 'dead_letter')";
    assert_eq!(
        json["pending"],
        standing.db.one::<i64>(dead).await,
        "{json:#}"
    );
    let report = asked(&url, &["handover"]).expect_answer().to_owned();
    for piece in [
        "- still owned: not known\n",
        "- closed: not known\n",
        "Task orchestrator keeps no claims; ",
        "Task orchestrator does not say what was closed",
    ] {
        assert!(report.contains(piece), "no {piece:?}: {report}");
    }
    for native in [
        "Sweeps",
        "detector",
        "What operators did",
        "nobody wrote one",
    ] {
        assert!(!report.contains(native), "{native}: {report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_system_says_itself_is_told_in_its_words() {
    let standing = lived("celery").await;
    let url = standing.db.url();
    let json = asked(&url, &["handover", "--since", "24h", "--json"]).expect_json();
    let of = |filter: &str| format!("select count(*) from worker_failed_jobs where {filter}");
    for (key, filter) in [
        ("opened", "failed_at >= now() - interval '24 h'"),
        (
            "closed",
            "resolved_at >= now() - interval '24 h' and status not in ('pending', 'in_progress')",
        ),
        ("pending", "status in ('pending', 'in_progress')"),
    ] {
        let counted: i64 = standing.db.one(&of(filter)).await;
        assert!(counted > 0, "{key}");
        assert_eq!(json[key], counted, "{key}: {json:#}");
    }
    let in_hand: i64 = standing.db.one(&of("status = 'in_progress'")).await;
    let owned = json["owned"].as_array().unwrap();
    assert_eq!(owned.len(), usize::try_from(in_hand).unwrap(), "{json:#}");
    assert!(owned[0]["until"].is_null(), "{json:#}");
    assert!(!json["notes"].as_array().unwrap().is_empty(), "{json:#}");
    let closed: i64 = (json["closed_by"].as_array().unwrap().iter())
        .map(|line| line["closed"].as_i64().unwrap())
        .sum();
    assert_eq!(json["closed"], closed, "{json:#}");
    let report = asked(&url, &["handover", "--since", "24h"]);
    let report = report.expect_answer();
    assert!(report.contains("| resolved | "), "{report}");
    assert!(!report.contains("manually_resolved"), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_are_looked_at_and_that_is_said() {
    let standing = fresh("celery").await;
    standing
        .db
        .run(
            "insert into worker_failed_jobs (task_name, queue, error_type, failed_at, status)
             select 'a', 'llm', 'E', now() - n * interval '1 s', 'pending' from generate_series(1, 5100) n",
        )
        .await;
    let json = asked(&standing.db.url(), &["handover", "--json"]).expect_json();
    assert_eq!(
        json["remarks"]["numbers"], "only the newest 5000 were looked at",
        "{json:#}"
    );
    assert_eq!(
        (&json["opened"], &json["pending"]),
        (&5_000.into(), &5_100.into())
    );
    let run = asked(&standing.db.url(), &["handover"]);
    assert!(
        run.expect_answer()
            .contains("\n- only the newest 5000 were looked at\n"),
        "{run:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_is_the_oldest_of_all_and_not_of_those_that_were_looked_at() {
    let standing = fresh("celery").await;
    standing
        .db
        .run(
            "insert into worker_failed_jobs (task_name, queue, error_type, failed_at, status)
             select 'a', 'llm', 'E', now() - n * interval '1 minute', 'pending'
             from generate_series(1, 6000) n",
        )
        .await;
    let url = standing.db.url();
    let told = asked(&url, &["handover"]).expect_answer().to_owned();
    assert!(
        told.contains("- open now: 6,000, the oldest for 4d 4h"),
        "{told}"
    );
    // The header counts the same ones.
    let counts = asked(&url, &["stats", "--json"]).expect_json();
    let minutes = counts["counts"]["oldest_pending_minutes"].as_f64().unwrap();
    let json = asked(&url, &["handover", "--json"]).expect_json();
    let at = |key: &str| -> chrono::DateTime<chrono::Utc> {
        json[key].as_str().unwrap().parse().unwrap()
    };
    let age = (at("until") - at("oldest_pending")).as_seconds_f64() / 60.0;
    assert!((age - minutes).abs() < 1.0, "{age} and {minutes}");
    assert!((age - 6_000.0).abs() < 1.0, "{age}");
    assert_eq!(json["open_by_error"][0]["open"], 6_000, "{json:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_repeats_itself_is_one_line_and_what_matters_comes_first() {
    let shop = Shop::furnished(40).await;
    let ids: Vec<String> = (1..=30).map(|n| job(n).to_string()).collect();
    for (act, why) in [("note", "ask the supplier"), ("claim", "mine")] {
        let mut words = vec!["entry", act];
        words.extend(ids.iter().map(String::as_str));
        words.extend(["--reason", why, "--yes"]);
        let done = shop.asked(&words);
        assert_eq!(done.code, Some(0), "{done:?}");
    }
    let report = shop.asked(&["handover"]);
    let report = report.expect_answer();
    assert!(report.starts_with("# Handover of "), "{report}");
    let database: String = shop.db.one("select current_database()").await;
    let named = format!("Database {database} on ");
    assert!(report.contains(&named), "{named}: {report}");
    let places: Vec<usize> = [
        "- open now: 40",
        "## Done to several at once",
        "## Opened",
        "## Still open by error",
        "## Still owned",
        "## Notes",
        "## Snoozed",
        "## Closed",
        "## What operators did",
    ]
    .iter()
    .map(|heading| {
        report
            .find(heading)
            .unwrap_or_else(|| panic!("no {heading}: {report}"))
    })
    .collect();
    assert!(places.is_sorted(), "{places:?}: {report}");
    let json = handover(&shop);
    assert_eq!(json["database"], database, "{json:#}");
    assert_eq!(
        json["notes"].as_array().unwrap().len(),
        30,
        "each by itself: {json:#}"
    );
    let open = json["open_by_error"].as_array().unwrap();
    let all: i64 = open.iter().map(|one| one["open"].as_i64().unwrap()).sum();
    let owned: i64 = open.iter().map(|one| one["owned"].as_i64().unwrap()).sum();
    assert_eq!((all, owned), (40, 30), "{json:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn how_many_were_closed_is_told_by_samples_where_nothing_else_tells() {
    let standing = lived("task-orchestrator").await;
    let url = standing.db.url();
    asked(&url, &["install", "--yes"]).expect_answer();
    let told = || asked(&url, &["handover"]).expect_answer().to_owned();
    assert!(told().contains("- closed: not known\n"), "{}", told());
    for (resolved, line, below) in [
        (0, "- closed: 0\n", "nothing was closed"),
        (
            7,
            "- closed: 7\n",
            "7 left the queue, as the samples since ",
        ),
    ] {
        let minutes = 20 - resolved;
        standing
            .db
            .run(&format!(
                "insert into dlqtop.samples
                 select 'task-orchestrator', at, date_bin('5 minutes', at, 'epoch'), 9, 0, 0, {resolved}
                 from (values (now() - interval '{minutes} minutes')) of_late (at)"
            ))
            .await;
        for piece in [line, below] {
            assert!(told().contains(piece), "no {piece:?}: {}", told());
        }
    }
}
