//! What polls cost the database: how far apart they are, and how seldom the dear parts are read.

use std::sync::Arc;
use std::time::Duration;

use dlqtop::data::model::{PAGE_SIZE, PollResult, RowsWanted, Snapshot};
use dlqtop::data::poller::schedule::{Budget, Pace};
use support::database::Database;

use crate::paging::waiting;
use crate::polling::Polls;

fn percent(text: &str) -> Budget {
    text.parse().unwrap()
}

/// Makes a view slow, and every reading of it a line in the server's log.
async fn slow(db: &Database, view: &str, seconds: f64) {
    db.run(&format!(
        "alter view {view} rename to {view}_real;
         create function pause_{view}() returns int language plpgsql as $$
         begin
             raise log 'statement: read {view}';
             perform pg_sleep({seconds});
             return 1;
         end $$;
         create view public.{view} as
         select r.* from {view}_real r where (select pause_{view}()) = 1"
    ))
    .await;
}

/// How often a view that was made slow has been read.
fn readings(db: &Database, view: &str) -> usize {
    let log = db.logged_by("dlqtop");
    let line = format!("statement: read {view}");
    log.iter().filter(|said| said.ends_with(&line)).count()
}

/// One snapshot more, whichever way it comes about.
async fn next(polls: &mut Polls) -> Arc<Snapshot> {
    polls.wake.notify_one();
    polls.snapshot().await
}

#[tokio::test]
async fn polls_that_cost_much_come_seldom_and_without_a_budget_they_do_not() {
    let db = Database::new().await;
    db.template("{}").await;
    slow(&db, "v_staleness_list", 0.06).await;
    // A tenth of a core allows that every 600 ms.
    for (budget, stretched) in [(percent("10%"), true), (Budget::Off, false)] {
        let mut polls = Polls::within(&db.options, budget);
        let mut last = polls.snapshot().await;
        for _ in 0..3 {
            last = next(&mut polls).await;
        }
        let pause = last.next_in;
        if stretched {
            assert_eq!(last.effort.pace, Pace::WithinBudget, "{last:?}");
            assert!(pause >= Duration::from_millis(590), "{pause:?}");
        } else {
            // Only what is slow to answer is asked less often.
            assert_ne!(last.effort.pace, Pace::WithinBudget, "{last:?}");
            let most = Duration::from_millis(110).max(last.took * 5);
            assert!(pause <= most, "{pause:?} after {:?}", last.took);
        }
        assert_eq!(last.effort.budget, budget);
        // Nobody asks: the next poll comes when it was announced, and not before.
        let again = polls.snapshot().await;
        let apart = (again.taken_at - last.taken_at).to_std().unwrap();
        assert!(apart >= pause, "{budget}: {apart:?} is less than {pause:?}");
    }
}

#[tokio::test]
async fn counts_are_read_less_often_than_lists_and_carried_on_meanwhile() {
    let db = Database::new().await;
    db.template("{}").await;
    waiting(&db, 3).await;
    // Read by the counts, and for the worst namespaces of the stats.
    slow(&db, "v_staleness_counts", 0.2).await;
    slow(&db, "v_staleness_list", 0.0).await;
    // Of 100 ms a fifth may be spent on the database: both with every fifteenth poll.
    let mut polls = Polls::within(&db.options, percent("20%"));
    let first = polls.snapshot().await;
    assert_eq!(
        first.counts_read.at, first.taken_at,
        "the first poll brings everything"
    );
    let mut last = Arc::clone(&first);
    for _ in 0..20 {
        last = polls.snapshot().await;
        let counts = last.counts.as_ref().unwrap();
        assert_eq!(counts.stale + counts.warning + counts.healthy, 3);
    }
    let (counted, listed) = (
        readings(&db, "v_staleness_counts"),
        readings(&db, "v_staleness_list"),
    );
    assert!(listed >= 21, "{listed}");
    assert!((2..=6).contains(&counted), "{counted} of {listed}");
    assert!(last.counts_read.every > last.next_in * 10, "{last:?}");

    // Somebody wants to see it now.
    let old = polls
        .until(|heard| match heard {
            PollResult::Snapshot(one)
                if one.taken_at - one.counts_read.at > chrono::TimeDelta::milliseconds(150) =>
            {
                Some(one.taken_at)
            }
            _ => None,
        })
        .await;
    let fresh = next(&mut polls).await;
    assert!(fresh.taken_at > old);
    assert_eq!(fresh.counts_read.at, fresh.taken_at);
}

#[tokio::test]
async fn more_rows_come_at_once_when_they_are_wanted() {
    let db = Database::new().await;
    db.template("{}").await;
    waiting(&db, 1_700).await;
    let mut polls = Polls::within(&db.options, percent("0.1%"));
    let first = polls.snapshot().await;
    let listed = first.staleness.as_ref().unwrap();
    assert_eq!((listed.rows.len(), listed.total.rows), (PAGE_SIZE, 1_700));
    polls.reach.send_replace(RowsWanted {
        staleness: 1_600,
        ..RowsWanted::default()
    });
    // More than is fetched in one go.
    for rows in [1_100, 1_600] {
        let next = polls.snapshot().await;
        assert_eq!(next.staleness.as_ref().unwrap().rows.len(), rows);
        let waited = (next.taken_at - first.taken_at).to_std().unwrap();
        assert!(waited < first.next_in, "{waited:?} of {:?}", first.next_in);
    }
    polls.reach.send_replace(RowsWanted::default());
    let back = polls.snapshot().await;
    assert_eq!(back.staleness.as_ref().unwrap().rows.len(), PAGE_SIZE);
}

#[tokio::test]
async fn leaving_in_the_middle_of_a_poll_leaves_no_complaint_behind() {
    let db = Database::new().await;
    db.template("{}").await;
    slow(&db, "v_staleness_list", 0.4).await;
    let mut polls = Polls::start(&db.options);
    while readings(&db, "v_staleness_list") == 0 {
        tokio::task::yield_now().await;
    }
    polls.stop.cancel();
    polls.task.take().unwrap().await.unwrap();
    let gone = "select count(*) = 0 from pg_stat_activity
                where application_name = 'dlqtop' and datname = current_database()";
    while !db.one::<bool>(gone).await {
        tokio::task::yield_now().await;
    }
    let complaints = db.complaints();
    assert!(complaints.is_empty(), "{complaints:?}");
}
