//! What is counted, as the database would bring it.

use dlqtop::data::model::{
    AgeBucket, ArchiveRow, Counts, FlowBucket, NamespaceRow, ReasonStats, Stats, SweepRow,
};

use super::{minutes_ago, text};

pub fn counts() -> Counts {
    Counts {
        suspect: 0,
        suspect_entries: 0,
        usual_sweep_gap_seconds: Some(300.0),
        stale: 19,
        warning: 7,
        healthy: 412,
        pending: 63,
        unowned: 58,
        snoozed: 1,
        oldest_pending_minutes: Some(252.0),
        oldest_unowned_minutes: Some(252.0),
        arrived_last_hour: 12,
        resolved_last_hour: Some(3),
        backlog_minutes: Some(21.0),
        template_warnings: 0,
        seconds_since_sweep: Some(95.0),
        detector: None,
    }
}

fn reason_stats(reason: &str, numbers: [i64; 4], p50: Option<f64>) -> ReasonStats {
    let [pending, manually_resolved, permanent_failures, cancelled] = numbers;
    ReasonStats {
        dlq_reason: text(reason),
        total_entries: numbers.iter().sum(),
        pending,
        manually_resolved,
        permanent_failures,
        cancelled,
        oldest_entry: None,
        newest_entry: None,
        avg_resolution_time_minutes: p50,
        p50_resolution_time_minutes: p50,
        p90_resolution_time_minutes: p50.map(|p50| p50 * 3.5),
    }
}

fn sweep(minutes: i64, moved: i64) -> SweepRow {
    SweepRow {
        instance: text("ana@lap7:4711"),
        started: minutes_ago(minutes),
        took_ms: 38.0,
        detected: moved + 2,
        moved,
        skipped: 2,
        failed: 0,
        dry_run: false,
        sweep_id: Some(minutes),
        held: false,
        undone_by: None,
    }
}

pub fn stats() -> Stats {
    let flow = (0..36_i64).map(|n| FlowBucket {
        bucket: minutes_ago((36 - n) * 5),
        arrived: [0, 1, 0, 2, 1, 3, 5, 4, 7, 3, 2, 1][usize::try_from(n % 12).unwrap()],
        resolved: Some([0, 0, 1, 0, 1, 1, 2, 1, 2, 1, 3, 1][usize::try_from(n % 12).unwrap()]),
        pending: 20 + n + n % 5,
    });
    let ages = [
        ("< 15m", 9),
        ("15m-1h", 21),
        ("1-4h", 30),
        ("4-24h", 3),
        ("> 1d", 0),
    ];
    let archive = |table: &str, row_count, bytes| ArchiveRow {
        archive_table: text(table),
        row_count,
        oldest: None,
        newest: None,
        bytes,
        archived_last_day: row_count / 40,
        archived_per_day: f64::from(i32::try_from(row_count).unwrap()) / 50.0,
    };
    Stats {
        sample: None,
        templates: Vec::new(),
        types: Vec::new(),
        reasons: vec![
            reason_stats("max_retries_exceeded", [41, 12, 4, 1], Some(18.0)),
            reason_stats("staleness_timeout", [19, 230, 11, 9], Some(6.4)),
            reason_stats("dependency_cycle_detected", [1, 2, 0, 0], Some(190.0)),
            reason_stats("worker_unavailable", [2, 40, 0, 0], Some(2.2)),
            reason_stats("manual_dlq", [0, 3, 0, 2], None),
        ],
        flow: flow.collect(),
        ages: ages
            .map(|(label, pending)| AgeBucket {
                label: text(label),
                pending,
            })
            .into(),
        archive: vec![
            archive("tasks", 12_400, 48_200_000),
            archive("steps", 81_300, 212_000_000),
            archive("transitions", 402_000, 1_400_000_000),
        ],
        sweeps: vec![sweep(2, 4), sweep(7, 0), sweep(12, 1)],
        namespaces: [
            ("payments", 9, 31),
            ("orders", 7, 20),
            ("shipping", 3, 9),
            ("billing", 0, 3),
        ]
        .map(|(name, stale, pending)| NamespaceRow {
            namespace_name: text(name),
            stale,
            pending,
        })
        .into(),
    }
}
