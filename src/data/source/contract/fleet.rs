//! Who works, what waits where, and what the source itself watches.

use super::shape::Does::Reads;
use super::shape::Sample::Number;
use super::shape::{File, columns, read, takes};
use crate::data::finding::Finding;
use crate::data::model::{AlertRow, QueueDepthRow, WorkerRow};

pub(super) const FILES: &[File] = &[
    File {
        name: "workers",
        about: "workers with their heartbeats and what they have in hand, the worst first",
        makes: "the workers pane, `dlqtop workers`",
        does: Reads,
        takes: takes!["rows": Big = Number(200)],
        gives: columns![
            worker: Text,
            host: Text null,
            namespace_name: Text null,
            health: Text,
            condition: Text null,
            seen_seconds: Float null,
            busy: Big null,
            size: Big null,
            is_leader: Bool,
            lease_seconds: Float null,
            version: Text null,
            started_at: Instant null,
            finished_last_hour: Big null,
            failed_last_hour: Big null,
        ],
        by_place: false,
        read: read::<WorkerRow>,
    },
    File {
        name: "queues",
        about: "the broker's queues with their depth and the age of the oldest message, the deepest first",
        makes: "the queues pane",
        does: Reads,
        takes: takes!["rows": Big = Number(200)],
        gives: columns![
            name: Text,
            depth: Big,
            oldest_seconds: Float null,
            delayed: Big null,
            routes: Texts,
            failed: Big,
            oldest_message: Big null,
            newest_message: Big null,
            late_seconds: Float null,
        ],
        by_place: false,
        read: read::<QueueDepthRow>,
    },
    File {
        name: "alerts",
        about: "what the source watches; how long it must last before it is shown stands in [alerts]; the severity is warning if it can wait",
        makes: "the source's own alerts in the header",
        does: Reads,
        takes: &[],
        gives: columns![alert: Text, over: Bool, value: Float null, text: Text, severity: Text null],
        by_place: false,
        read: read::<AlertRow>,
    },
    File {
        name: "doctor",
        about: "what its own layout lacks, by the catalogue: indexes, policies; no row if nothing",
        makes: "the check *layout* of `dlqtop doctor`",
        does: Reads,
        takes: &[],
        gives: columns![level: Text, what: Text, first: Text null, details: Texts],
        by_place: false,
        read: read::<Finding>,
    },
];
