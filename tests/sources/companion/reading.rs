//! What is kept beside a queue is seen in it.

use std::collections::BTreeSet;
use std::time::Duration;

use dlqtop::data::connection::transaction::begin;
use dlqtop::data::model::{Counts, QueueRow};
use dlqtop::data::reads::keyset_pages;
use dlqtop::data::reads::keyset_pages::Keyed as _;
use dlqtop::data::reads::queries;

use super::scene::{NOTE, OWN, SNOOZE, Shop, job, on, queue_of};

async fn counts(shop: &Shop) -> Counts {
    let source = shop.source().await;
    let mut db = shop.db.pool.acquire().await.unwrap();
    queries::counts(&mut db, &source).await.unwrap()
}

fn names(rows: &[QueueRow]) -> Vec<&str> {
    rows.iter().map(|row| row.task_name.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_aside_comes_last_and_comes_back() {
    let shop = Shop::furnished(5).await;
    assert_eq!(
        names(&shop.queue().await),
        ["job1", "job2", "job3", "job4", "job5"]
    );
    for place in [4, 1] {
        shop.act("ana", &on(place, SNOOZE)).await;
    }
    let queue = shop.queue().await;
    assert_eq!(names(&queue), ["job2", "job3", "job5", "job1", "job4"]);
    assert!(queue[3].snoozed_until.is_some() && queue[2].snoozed_until.is_none());
    shop.db
        .run(&format!(
            "update dlqtop.snoozes set until = now() - interval '1 second' where entry = '{}'",
            job(1)
        ))
        .await;
    assert_eq!(
        names(&shop.queue().await),
        ["job1", "job2", "job3", "job5", "job4"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_neither_lose_nor_double_a_row() {
    let shop = Shop::furnished(60).await;
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut aside: BTreeSet<u32> = BTreeSet::new();
    while aside.len() < 20 {
        aside.insert(chance.u32(1..=60));
    }
    for &place in &aside {
        shop.db
            .run(&format!(
                "insert into dlqtop.snoozes values ('shop', '{}', now() + interval '1 hour', 'ana')",
                job(place)
            ))
            .await;
    }
    let rest = (1..=60).filter(|place| !aside.contains(place));
    let wanted: Vec<_> = rest.chain(aside.iter().copied()).map(job).collect();
    let source = shop.source().await;
    let mut db = shop.db.pool.acquire().await.unwrap();
    begin(&mut db, source.session(), Duration::from_secs(5))
        .await
        .unwrap();
    for page in [1, 7, 40, 59, 100] {
        let mut after = QueueRow::START;
        let mut all = Vec::new();
        loop {
            let rows = queries::queue(&mut db, &source, &after, page)
                .await
                .unwrap();
            let Some(last) = rows.last() else { break };
            after = last.key();
            all.extend(rows.iter().map(|row| row.dlq_entry_uuid.0));
        }
        assert_eq!(all, wanted, "in pages of {page}");
    }
    let listed = keyset_pages::top::<QueueRow>(&mut db, &source, 1_000, 13)
        .await
        .unwrap();
    assert_eq!(listed.rows.len(), 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_notes_and_snoozes_are_seen_in_queue_detail_and_counts() {
    let shop = Shop::furnished(4).await;
    let before = counts(&shop).await;
    assert_eq!((before.pending, before.unowned, before.snoozed), (4, 4, 0));
    for write in [on(1, OWN), on(3, SNOOZE), on(1, NOTE), on(1, NOTE)] {
        shop.act("ana@desk", &write).await;
    }
    let queue = shop.queue().await;
    let first = &queue[0];
    assert_eq!(first.owner.as_ref().unwrap().as_str(), "ana@desk");
    assert!(first.owned_until.is_some());
    assert_eq!(first.notes, 2);

    let after = counts(&shop).await;
    assert_eq!((after.pending, after.unowned, after.snoozed), (4, 3, 1));
    // The one that waits longest is in somebody's hands: the next one counts.
    let close = |minutes: Option<f64>, to: f64| (minutes.unwrap() - to).abs() < 1.0;
    assert!(close(after.oldest_pending_minutes, 40.0), "{after:?}");
    assert!(close(after.oldest_unowned_minutes, 30.0), "{after:?}");
    for place in 2..=4 {
        shop.act("ana@desk", &on(place, OWN)).await;
    }
    let owned = counts(&shop).await;
    assert_eq!((owned.unowned, owned.oldest_unowned_minutes), (0, None));
    // A claim on what is closed by others counts for nothing.
    shop.db
        .run("update shop_jobs set status = 'done' where name = 'job2'")
        .await;
    let closed = counts(&shop).await;
    assert_eq!((closed.pending, closed.unowned), (3, 0));
    shop.db
        .run("update shop_jobs set status = 'failed' where name = 'job2'")
        .await;

    let source = shop.source().await;
    let mut db = shop.db.pool.acquire().await.unwrap();
    let task = dlqtop::data::model::TaskId(job(1));
    let detail = queries::detail(&mut db, &source, task)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(detail.notes.len(), 2);
    assert_eq!(detail.notes[0].body.as_str(), "stock came in");
    assert_eq!(
        detail.entries[0].owner.as_ref().unwrap().as_str(),
        "ana@desk"
    );
    let entries = shop.asked(&["entries", "--json"]).expect_json();
    let owners = entries["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["owner"] == "ana@desk");
    assert_eq!(owners.count(), 4, "{entries:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_source_does_not_see_what_is_kept_of_another() {
    let shop = Shop::furnished(2).await;
    for table in [
        "claims (source, entry, owner, expires_at)",
        "snoozes (source, entry, snoozed_by, until)",
    ] {
        shop.db
            .run(&format!("insert into dlqtop.{table} values ('bakery', '{}', 'eve', now() + interval '1 hour')", job(1)))
            .await;
    }
    shop.db
        .run(&format!(
            "insert into dlqtop.notes (source, entry, author, body) values ('bakery', '{}', 'eve', 'bread');
             insert into dlqtop.operator_log (source, actor, action, subject, outcome) values ('bakery', 'eve', 'bake', 'bread', 'done')",
            job(1)
        ))
        .await;
    let queue = shop.queue().await;
    assert_eq!(names(&queue), ["job1", "job2"]);
    assert_eq!((&queue[0].owner, queue[0].notes), (&None, 0));
    let log = shop.asked(&["log", "--json"]).expect_json();
    assert_eq!(log["rows"], serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_read_page_by_page_and_by_whom() {
    let shop = Shop::furnished(1).await;
    shop.db
        .run(
            "insert into dlqtop.operator_log (source, at, actor, action, subject, outcome)
             select 'shop', now() - (n % 7) * interval '1 hour', case when n % 3 = 0 then 'ana@desk' else 'ben' end,
                    'resume_task', 'job' || n, 'done'
             from generate_series(1, 2300) n",
        )
        .await;
    let all = shop
        .asked(&["log", "--json", "--limit", "5000"])
        .expect_json();
    let rows = all["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &all["more"]), (2_300, &false.into()));
    let distinct: BTreeSet<i64> = rows
        .iter()
        .map(|row| row["log_id"].as_i64().unwrap())
        .collect();
    assert_eq!(distinct.len(), 2_300);
    let ats: Vec<&str> = rows.iter().map(|row| row["at"].as_str().unwrap()).collect();
    assert!(ats.is_sorted_by(|a, b| a >= b));
    let by = shop
        .asked(&["log", "--json", "--limit", "5000", "--by", "ana"])
        .expect_json();
    assert_eq!(by["rows"].as_array().unwrap().len(), 766);
    let source = shop.source().await;
    let mut db = shop.db.pool.acquire().await.unwrap();
    assert_eq!(
        queries::log(&mut db, &source, 200).await.unwrap().len(),
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dashboard_goes_on_when_it_is_taken_away() {
    let shop = Shop::furnished(2).await;
    shop.act("ana", &on(1, SNOOZE)).await;
    let source = shop.source().await;
    assert!(source.has("log"));
    shop.asked(&["uninstall", "--yes"]).expect_answer();
    let mut db = shop.db.pool.acquire().await.unwrap();
    let start = QueueRow::START;
    let once = queries::queue(&mut db, &source, &start, 10).await;
    assert!(once.unwrap_err().one_line().contains("dlqtop."));
    assert!(!source.has("log"));
    assert_eq!(names(&queue_of(&shop.db, &source).await), ["job1", "job2"]);
    assert!(
        source
            .why_not("add_note")
            .contains("`dlqtop install` adds them")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_write_and_read_it_too() {
    let shop = Shop::furnished(3).await;
    let id = job(2).to_string();
    for act in [&["claim"][..], &["note"], &["snooze", "--for", "2h"]] {
        let mut arguments = vec!["entry"];
        arguments.extend(act);
        arguments.extend([&id, "--reason", "I look into it", "--yes"]);
        shop.asked(&arguments).expect_answer();
    }
    let queue = shop.asked(&["queue", "--json"]).expect_json();
    let last = &queue["rows"][2];
    assert_eq!(last["dlq_entry_uuid"], id, "{queue:#}");
    assert!(
        last["owner"].as_str().unwrap().starts_with("ana"),
        "{last:#}"
    );
    assert_eq!(last["notes"], 1);
    let log = shop.asked(&["log"]);
    assert!(log.expect_answer().ends_with("3 acts\n"), "{log:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_change_nothing_of_theirs_adds_to_what_is_kept_all_the_same() {
    let shop = Shop::with(2).await;
    shop.role(
        "shop_guest",
        "grant select on all tables in schema public to shop_guest",
    )
    .await;
    let id = job(1).to_string();
    let because = ["--reason", "ask the supplier", "--yes"];
    let note = [&["entry", "note", &id][..], &because].concat();
    let retry = [&["task", "requeue", &id][..], &because].concat();
    let nothing = shop.asked_as("shop_guest", &retry);
    nothing.expect_complaint(3, &["this role can only read this system"]);

    shop.asked(&["install", "--yes", "--grant", "shop_guest"])
        .expect_answer();
    (shop.asked_as("shop_guest", &note)).expect_answer();
    assert_eq!(shop.queue().await[0].notes, 1);
    let refused = shop.asked_as("shop_guest", &retry);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let grant = "grant update on public.shop_jobs to shop_guest";
    assert!(refused.stdout.contains(grant), "{refused:?}");
    let failed: i64 = (shop.db)
        .one("select count(*) from shop_jobs where status = 'failed'")
        .await;
    assert_eq!(failed, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_row_level_security_may_hide_are_spoken_of_without_tenants_too() {
    let shop = Shop::furnished(3).await;
    shop.role(
        "shop_north",
        "grant select on shop_jobs to shop_north;
         alter table shop_jobs enable row level security;
         create policy north on shop_jobs to shop_north using (name = 'job1')",
    )
    .await;
    for command in [
        &["queue"][..],
        &["handover"],
        &["check", "--fail-if", "pending>50"],
    ] {
        let run = shop.asked_as("shop_north", command);
        let said = "dlqtop: what shop_north may see, others may be hidden\n";
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), said), "{run:?}");
        shop.asked(command).expect_answer();
    }
    let report = shop.asked_as("shop_north", &["handover"]).stdout;
    assert!(report.contains("rows of others may be hidden"), "{report}");
}
