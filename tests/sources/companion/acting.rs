//! Acts on a system that keeps no log: done once, by one, and written down beside it.

use dlqtop::data::messages::command::{Change, EntryVerb, ItemResult, Resolution, Until};
use dlqtop::data::model::incident::Incident;
use dlqtop::data::worker::Writer;
use fastrand::Rng;
use support::cutting::{Cut, Point};

use super::scene::{NOTE, OWN, SNOOZE, Shop, job, on, resume};

/// What the log says of each act: who, what, to what, before, after, outcome.
async fn log_of(shop: &Shop) -> Vec<String> {
    sqlx::query_scalar(sqlx::AssertSqlSafe(
        "select concat_ws(' | ', actor, action, subject, before, after, outcome)
         from dlqtop.operator_log order by log_id",
    ))
    .fetch_all(&shop.db.pool)
    .await
    .unwrap()
}

fn done(now: &str) -> ItemResult {
    ItemResult::Done { now: now.into() }
}

/// What became of it, in one word.
fn outcome(result: &ItemResult) -> &'static str {
    match result {
        ItemResult::Done { .. } => "done",
        ItemResult::Changed { .. } => "changed",
        ItemResult::Failed { .. } => "failed",
        ItemResult::Unknown => "unknown",
        ItemResult::Untried { .. } => "untried",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_is_written_down_with_everything_that_belongs_to_it() {
    let shop = Shop::furnished(3).await;
    let incident = Incident::new("INC-4411").unwrap();
    let mut writer = shop.writer("ana@desk").await.for_incident(incident);
    let write = resume(1);
    writer.carry_out(&write).await;
    // Seen when it had failed, and it is queued by now.
    let late = shop.act("ben@desk", &resume(1)).await;
    assert_eq!(outcome(&late), "changed");
    // Refused by the system itself.
    shop.db
        .run("alter table shop_jobs add constraint never check (name <> 'job2' or status = 'failed')")
        .await;
    let refused = shop.act("ben@desk", &resume(2)).await;
    assert_eq!(outcome(&refused), "failed");

    let lines = log_of(&shop).await;
    assert_eq!(lines.len(), 3, "{lines:#?}");
    assert_eq!(
        lines[..2],
        [
            "ana@desk | resume_task | shop/job1 | failed | queued | done",
            "ben@desk | resume_task | shop/job1 | failed | queued | changed meanwhile",
        ]
    );
    assert!(
        lines[2].starts_with(
            "ben@desk | resume_task | shop/job2 | failed: could not carry out the act: "
        ),
        "{}",
        lines[2]
    );
    let log = shop.asked(&["log", "--json"]).expect_json();
    let first = &log["rows"][2];
    assert_eq!(first["subject_uuid"], job(1).to_string(), "{first:#}");
    assert_eq!(first["task_uuid"], job(1).to_string(), "{first:#}");
    assert_eq!(first["reason"], "stock came in", "{first:#}");
    assert_eq!(first["incident"], "INC-4411", "{first:#}");
    assert_eq!(first["batch"], write.batch.to_string(), "{first:#}");
    assert_eq!(
        shop.db
            .one::<String>("select distinct source from dlqtop.operator_log")
            .await,
        "shop"
    );
    // Append-only, whoever asks.
    for sql in [
        "update dlqtop.operator_log set actor = 'eve'",
        "delete from dlqtop.operator_log",
        "truncate dlqtop.operator_log",
        "delete from dlqtop.notes",
    ] {
        let refused = sqlx::query(sqlx::AssertSqlSafe(sql))
            .execute(&shop.db.pool)
            .await;
        assert!(
            refused.unwrap_err().to_string().contains("append-only"),
            "{sql}"
        );
    }
}

/// Every job fails again as soon as it is put back to work, so that its state alone would let it be
/// put back twice.
const FAILS_AGAIN: &str = "
    create function fail_again() returns trigger language plpgsql as $$
    begin new.status := 'failed'; return new; end $$;
    create trigger fails_again before update on shop_jobs
        for each row when (new.status = 'queued') execute function fail_again()";

#[tokio::test(flavor = "multi_thread")]
async fn an_act_whose_link_is_cut_anywhere_is_done_once() {
    const CUTS: u32 = 40;
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut chance = Rng::with_seed(seed);
    let shop = Shop::furnished(CUTS).await;
    shop.db.run(FAILS_AGAIN).await;
    // How many bytes there are to cut in, once it is known what is there.
    let whole = Cut::at(Point::Commit(usize::MAX), true, &shop.db.options).await;
    let source = shop.source().await;
    let site = |options| dlqtop::data::source::Site {
        options,
        source: std::sync::Arc::clone(&source),
    };
    Writer::new(site(whole.options.clone()), "ana".into())
        .carry_out(&resume(1))
        .await;
    let (bytes, commits) = whole.carried();
    assert_eq!(commits, 1);

    let mut cut = 0;
    for place in 2..=CUTS {
        let point = match place {
            2 => Point::Commit(0),
            place if place % 2 == 0 => Point::ByteDeaf(chance.usize(..bytes)),
            _ => Point::Byte(chance.usize(..bytes)),
        };
        let wire = Cut::at(point, true, &shop.db.options).await;
        let mut writer = Writer::new(site(wire.options.clone()), "ana".into());
        let said = writer.carry_out(&resume(place)).await;
        cut += usize::from(wire.is_cut());
        let runs: i32 = shop
            .db
            .one(&format!(
                "select runs from shop_jobs where id = '{}'",
                job(place)
            ))
            .await;
        let lines: i64 = shop
            .db
            .one(&format!("select count(*) from dlqtop.operator_log where subject_uuid = '{}' and outcome = 'done'", job(place)))
            .await;
        match outcome(&said.items[0].result) {
            "done" => assert_eq!((runs, lines), (1, 1), "{point:?}"),
            // Cut before anything was asked for.
            "failed" => assert_eq!((runs, lines), (0, 0), "{point:?} {said:?}"),
            other => panic!("{other} at {point:?}"),
        }
    }
    println!(
        "{cut} of {} wires were cut within {bytes} bytes; none did anything twice",
        CUTS - 1
    );
    assert!(cut > 20, "{cut}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_claim_the_same_at_once_one_has_it_and_the_other_is_told_who() {
    const ENTRIES: u32 = 25;
    let shop = Shop::furnished(ENTRIES).await;
    let mut ana = shop.writer("ana@desk").await;
    let mut ben = shop.writer("ben@desk").await;
    for place in 1..=ENTRIES {
        let (one, two) = (on(place, OWN), on(place, OWN));
        let (one, two) = tokio::join!(ana.carry_out(&one), ben.carry_out(&two));
        let results = [&one.items[0].result, &two.items[0].result];
        let mut words = results.map(outcome);
        words.sort_unstable();
        assert_eq!(words, ["changed", "done"], "{results:?}");
        let owner: String = shop
            .db
            .one(&format!(
                "select owner from dlqtop.claims where entry = '{}'",
                job(place)
            ))
            .await;
        for (who, result) in [("ana@desk", results[0]), ("ben@desk", results[1])] {
            match result {
                ItemResult::Done { now } => {
                    assert_eq!(owner, who);
                    assert!(now.as_str().starts_with(&format!("owned by {who} until ")));
                }
                ItemResult::Changed { by, at, .. } => {
                    assert_eq!(by.as_ref().unwrap().as_str(), owner);
                    assert!(at.is_some());
                }
                other => panic!("{other:?}"),
            }
        }
    }
    let both: i64 = shop
        .db
        .one("select count(*) from dlqtop.operator_log")
        .await;
    assert_eq!(both, 2 * i64::from(ENTRIES));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_can_be_taken_over_given_back_and_ends_by_itself() {
    let shop = Shop::furnished(2).await;
    let take_over = EntryVerb::Claim {
        minutes: 5,
        take_over: true,
    };
    assert_eq!(outcome(&shop.act("ana", &on(1, OWN)).await), "done");
    assert_eq!(
        outcome(&shop.act("ben", &on(1, EntryVerb::Release)).await),
        "changed"
    );
    assert_eq!(outcome(&shop.act("ben", &on(1, SNOOZE)).await), "changed");
    assert_eq!(outcome(&shop.act("ben", &on(1, take_over)).await), "done");
    assert_eq!(outcome(&shop.act("ana", &on(1, OWN)).await), "changed");
    assert_eq!(
        shop.act("ben", &on(1, EntryVerb::Release)).await,
        done("owned by nobody")
    );
    assert_eq!(shop.queue().await[0].owner, None);

    assert_eq!(outcome(&shop.act("ana", &on(1, OWN)).await), "done");
    shop.db
        .run("update dlqtop.claims set claimed_at = now() - interval '2 hours', expires_at = now() - interval '1 second'")
        .await;
    assert_eq!(shop.queue().await[0].owner, None);
    assert_eq!(outcome(&shop.act("ben", &on(1, OWN)).await), "done");
    let lines = log_of(&shop).await;
    assert!(
        lines[3].starts_with("ben | own_entry | shop/job1 | owned by ana | owned by ben until "),
        "{lines:#?}"
    );
    assert!(
        lines[3].ends_with(" UTC, taken over from ana | done"),
        "{lines:#?}"
    );
    assert!(
        lines
            .last()
            .unwrap()
            .contains("| owned by nobody | owned by ben until "),
        "{lines:#?}"
    );

    let too_long = EntryVerb::Claim {
        minutes: 10_081,
        take_over: false,
    };
    let refused = shop.act("ana", &on(2, too_long)).await;
    assert_eq!(
        refused,
        ItemResult::Failed {
            why: "a claim lasts from 1 minute to 7 days".into()
        }
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_closed_or_has_changed_since_is_neither_claimed_nor_put_aside() {
    let shop = Shop::furnished(3).await;
    for verb in [OWN, SNOOZE] {
        shop.act("ana", &on(1, verb)).await;
    }
    let close = on(1, EntryVerb::Close(Resolution::ManuallyResolved));
    assert_eq!(shop.act("ana", &close).await, done("manually_resolved"));
    let left: i64 = shop
        .db
        .one("select (select count(*) from dlqtop.claims) + (select count(*) from dlqtop.snoozes)")
        .await;
    assert_eq!(left, 0, "it is in nobody's hands and waits for nothing");
    for verb in [OWN, SNOOZE, EntryVerb::Release, EntryVerb::Unsnooze] {
        let late = shop.act("ben", &on(1, verb)).await;
        assert!(
            matches!(&late, ItemResult::Changed { now, .. } if now.as_str() == "no longer open"),
            "{late:?}"
        );
    }
    shop.db
        .run("update shop_jobs set version = 2 where name = 'job2'")
        .await;
    assert_eq!(outcome(&shop.act("ben", &on(2, OWN)).await), "changed");
    // A note can be on anything there is, and on nothing else.
    assert_eq!(outcome(&shop.act("ben", &on(1, NOTE)).await), "done");
    assert_eq!(outcome(&shop.act("ben", &on(99, NOTE)).await), "failed");
    assert_eq!(
        shop.db
            .one::<i64>("select count(*) from dlqtop.notes")
            .await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snooze_has_its_limits_and_can_be_ended() {
    let shop = Shop::furnished(1).await;
    let now: chrono::DateTime<chrono::Utc> = shop.db.one("select now()").await;
    let until = |hours: i64| {
        let at = now + chrono::TimeDelta::hours(hours);
        on(1, EntryVerb::Snooze(Until::At(at)))
    };
    assert_eq!(outcome(&shop.act("ana", &until(-1)).await), "failed");
    assert_eq!(outcome(&shop.act("ana", &until(24 * 31)).await), "failed");
    assert_eq!(outcome(&shop.act("ana", &until(24)).await), "done");
    assert!(shop.queue().await[0].snoozed_until.is_some());
    assert_eq!(
        shop.act("ana", &on(1, EntryVerb::Unsnooze)).await,
        done("not snoozed")
    );
    assert_eq!(shop.queue().await[0].snoozed_until, None);
    let lines = log_of(&shop).await;
    assert!(
        lines[3].ends_with("| snoozed | not snoozed | done"),
        "{lines:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_write_there_acts_as_if_it_were_not_there() {
    let shop = Shop::furnished(2).await;
    let grants = "grant select, update on shop_jobs to shop_worker;
        grant usage on schema dlqtop to shop_worker; grant select on all tables in schema dlqtop to shop_worker";
    let worker = shop.role("shop_worker", grants).await;
    shop.act("ana", &on(1, OWN)).await;
    let source = shop.source_as(&worker).await;
    assert!(
        source.has("log") && !source.has("own_entry"),
        "it may read only"
    );
    let Change::Entries(..) = on(1, OWN).change else {
        unreachable!()
    };
    assert!(!source.can(&on(1, OWN).change));
    assert!(
        source.why_not("own_entry").contains("--grant"),
        "{}",
        source.why_not("own_entry")
    );
    let mut writer = shop.writer_at(worker.clone(), "wim").await;
    let said = writer.carry_out(&resume(2)).await;
    assert_eq!(said.items[0].result, done("queued"));
    assert_eq!(log_of(&shop).await.len(), 1, "only the claim");
    // With the grant it is as for everybody.
    shop.asked(&["install", "--yes", "--grant", "shop_worker"])
        .expect_answer();
    let mut writer = shop.writer_at(worker, "wim").await;
    for write in [on(1, NOTE), on(1, SNOOZE), on(1, EntryVerb::Unsnooze)] {
        let said = writer.carry_out(&write).await;
        let expected = if matches!(write.change, Change::Entries(EntryVerb::Note, _)) {
            "done"
        } else {
            "changed"
        };
        assert_eq!(outcome(&said.items[0].result), expected, "{said:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_it_there_are_no_such_acts_and_it_says_what_is_missing() {
    let shop = Shop::with(1).await;
    let source = shop.source().await;
    for write in [on(1, NOTE), on(1, OWN), on(1, SNOOZE)] {
        assert!(!source.can(&write.change));
        let result = shop.act("ana", &write).await;
        let ItemResult::Failed { why } = &result else {
            panic!("{result:?}")
        };
        assert!(
            why.as_str().contains("; `dlqtop install` adds them"),
            "{why}"
        );
    }
    assert!(source.can(&resume(1).change));
    assert_eq!(shop.act("ana", &resume(1)).await, done("queued"));
    let run = shop.asked(&["log"]);
    run.expect_complaint(2, &["`dlqtop install` adds them"]);
}
