//! How long it took to resolve what was resolved latest, of more than are looked at.

use dlqtop::data::model::ReasonStats;

use super::*;

/// What each error took, by the plain statement.
const PLAIN: &str = "
    select
        error_type::text,
        avg(minutes),
        percentile_cont(0.5) within group (order by minutes),
        percentile_cont(0.9) within group (order by minutes)
    from (
        select error_type, extract(epoch from resolved_at - failed_at)::float8 / 60 as minutes
        from worker_failed_jobs
        where status = 'resolved' and isfinite(resolved_at) and isfinite(failed_at)
          and resolved_at >= failed_at
        order by resolved_at desc
        limit 10000
    ) latest
    group by 1
    order by 1";

type Took = (String, f64, f64, f64);

fn took(row: &ReasonStats) -> Option<Took> {
    Some((
        row.dlq_reason.to_string(),
        row.avg_resolution_time_minutes?,
        row.p50_resolution_time_minutes?,
        row.p90_resolution_time_minutes?,
    ))
}

fn same((reason, avg, p50, p90): &Took, other: &Took) -> bool {
    let near = |one: f64, other: f64| (one - other).abs() < 1e-6;
    *reason == other.0 && near(*avg, other.1) && near(*p50, other.2) && near(*p90, other.3)
}

#[tokio::test]
async fn the_times_are_of_the_latest_ten_thousand_in_whatever_order_they_were_resolved() {
    let jobs = Jobs::new().await;
    for (shape, resolved) in [
        ("soon after", "failed + (n * 7919 % 6000) * interval '1 s'"),
        // The oldest last: none of the latest failed lately.
        ("from the end", "now() - (26001 - n) * interval '1 s'"),
        (
            "one in three",
            "case when n % 3 = 0 then failed + n * interval '0.1 s' end",
        ),
        (
            "few",
            "case when n % 99 = 0 then failed + n * interval '0.1 s' end",
        ),
        ("none", "null::timestamptz"),
    ] {
        jobs.db
            .run(&format!(
                "truncate worker_failed_jobs;
                 insert into worker_failed_jobs (error_type, failed_at, resolved_at, status)
                 select 'E' || n % 4, failed, resolved,
                     case when resolved is null then 'pending' when n % 50 = 1 then 'abandoned'
                         else 'resolved' end
                 from (select n, now() - (100000 - n) * interval '10 s' as failed
                       from generate_series(1, 26000) n) f
                 cross join lateral (select ({resolved}) + n * interval '1 microsecond' as resolved) r;
                 insert into worker_failed_jobs (error_type, failed_at, resolved_at, status) values
                     ('E1', '-infinity', now(), 'resolved'), ('E1', now(), 'infinity', 'resolved'),
                     ('E2', now(), now() - interval '1 day', 'resolved');
                 analyze worker_failed_jobs"
            ))
            .await;
        let plain: Vec<Took> = sqlx::query_as(PLAIN)
            .fetch_all(&jobs.db.pool)
            .await
            .unwrap();
        assert_eq!(plain.is_empty(), shape == "none", "{shape}");
        let reasons = jobs.stats().await.reasons;
        let mut ours: Vec<Took> = reasons.iter().filter_map(took).collect();
        ours.sort_by(|one, other| one.0.cmp(&other.0));
        let all_same = ours.iter().zip(&plain).all(|(one, other)| same(one, other));
        assert!(
            all_same && ours.len() == plain.len(),
            "{shape}: {ours:?}, {plain:?}"
        );
        let total: i64 = reasons.iter().map(|row| row.total_entries).sum();
        assert_eq!(total, 26_003, "{shape}");
    }
}
