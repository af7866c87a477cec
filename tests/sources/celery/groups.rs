//! Groups of a queue that is longer than its first page: scanned, newest first, with its progress.

use std::sync::Arc;
use std::time::Duration;

use dlqtop::data::model::safe_text::SafeText;
use dlqtop::data::model::{LatestPoll, PollResult, RowsWanted, Snapshot};
use dlqtop::data::poller::schedule::Budget;
use dlqtop::data::poller::{self, PollOptions, PollerChannels};
use dlqtop::data::source::Site;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::Jobs;

/// The poller, and what it brings.
struct Watching {
    newest: watch::Receiver<LatestPoll>,
    reach: watch::Sender<RowsWanted>,
    wake: Arc<Notify>,
    stop: CancellationToken,
}

impl Watching {
    fn start(site: &Site) -> Self {
        let (newest, heard) = watch::channel(None);
        let (kept, follow) = watch::channel(None);
        let (reach, reached) = watch::channel(RowsWanted::default());
        let (wake, stop) = (Arc::new(Notify::new()), CancellationToken::new());
        let wires = PollerChannels {
            newest,
            follow,
            reach: reached,
            wake: Arc::clone(&wake),
            stop: stop.clone(),
        };
        let polling = PollOptions {
            every: Duration::from_secs(1),
            budget: Budget::Off,
            ..PollOptions::default()
        };
        let site = site.clone();
        tokio::spawn(async move {
            poller::run(site, polling, wires).await;
            drop(kept);
        });
        Self {
            newest: heard,
            reach,
            wake,
            stop,
        }
    }

    async fn next(&mut self) -> Arc<Snapshot> {
        self.wake.notify_one();
        let heard = tokio::time::timeout(Duration::from_secs(30), self.newest.changed());
        heard.await.unwrap().unwrap();
        match self.newest.borrow_and_update().clone() {
            Some(PollResult::Snapshot(snapshot)) => snapshot,
            other => panic!("{other:?}"),
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn fail(jobs: &Jobs, count: usize, class: &str, error: &str, since: &str) {
    jobs.db
        .run(&format!(
            "insert into worker_failed_jobs
                 (task_id, task_name, queue, error_type, exception_class, error_message, failed_at)
             select gen_random_uuid()::text, 'app.tasks.llm.summarize', 'llm', '{class}', '{class}',
                    replace('{error}', '{{n}}', n::text),
                    now() - interval '1 minute' - (1 - n::float8 / {count}) * interval '{since}'
             from generate_series(1, {count}) n"
        ))
        .await;
}

fn size(snapshot: &Snapshot, part: &str) -> i64 {
    let groups = &snapshot.error_groups.as_ref().unwrap().groups;
    let of_it = (groups.iter()).filter(|group| group.key.fingerprint.contains(part));
    of_it.map(|group| group.entries).sum()
}

/// What is closed goes when its part is read again.
async fn closing_is_seen(jobs: &Jobs, watching: &mut Watching) {
    jobs.db
        .run(
            "update worker_failed_jobs set status = 'resolved', resolved_at = now()
              where exception_class = 'ProviderDown' and random() < 0.5",
        )
        .await;
    let left: i64 = jobs
        .db
        .one("select count(*) from worker_failed_jobs where exception_class = 'ProviderDown' and status = 'pending'")
        .await;
    let mut now = 4_000;
    for _ in 0..60 {
        now = size(&*watching.next().await, "is down");
        if now == left {
            break;
        }
    }
    assert_eq!(now, left);
}

#[tokio::test]
async fn a_burst_shows_at_once_and_the_rest_is_read_bit_by_bit() {
    let jobs = Jobs::new().await;
    fail(&jobs, 4_000, "ProviderDown", "model {n} is down", "30 days").await;
    let mut watching = Watching::start(&jobs.site);
    let first = watching.next().await;
    let progress = first.error_groups.as_ref().unwrap();
    assert!(
        !progress.whole && progress.read == 1_000,
        "{}",
        progress.read
    );

    fail(
        &jobs,
        300,
        "QuotaExceeded",
        "quota of tenant {n} is used up",
        "5 seconds",
    )
    .await;
    watching.next().await;
    let second = watching.next().await;
    let of_second = second.error_groups.as_ref().unwrap();
    assert_eq!(size(&second, "quota of tenant"), 300, "{of_second:?}");
    let group = second.error_groups.as_ref().unwrap().groups.iter();
    let id = group
        .clone()
        .find(|group| group.entries == 300)
        .unwrap()
        .key
        .id();

    // Its rows come when they are wanted: the queue begins with jobs of last month.
    watching.reach.send_replace(RowsWanted {
        group: Some(id),
        ..RowsWanted::default()
    });
    let mut rows = 0;
    for _ in 0..3 {
        let snapshot = watching.next().await;
        let listed = &snapshot.queue.as_ref().unwrap().rows;
        let of_it = |error: &SafeText| error.as_str().contains("quota of tenant");
        rows = (listed.iter())
            .filter(|row| row.current_error.as_ref().is_some_and(of_it))
            .count();
    }
    assert_eq!(rows, 300);

    let mut last = second;
    for _ in 0..60 {
        last = watching.next().await;
        if last.error_groups.as_ref().unwrap().whole {
            break;
        }
    }
    let whole = last.error_groups.as_ref().unwrap();
    assert!(whole.whole && whole.read == 4_300, "{}", whole.read);
    assert_eq!(size(&last, "is down"), 4_000);

    closing_is_seen(&jobs, &mut watching).await;
}
