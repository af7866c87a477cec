//! What fails alike in the whole queue: a scan, and what a system stores itself. All of it is optional: without
//! any, dlqtop lists the entries (`entries_page`) and reads each from the queue.

use super::lists::QUEUE;
use super::shape::Does::Reads;
use super::shape::Sample::{Ids, Last, MaxUuid, Number, Word};
use super::shape::{File, columns, read, takes};
use crate::data::model::error_groups::{ErrorStore, ScannedError, StoredGroup, UnreadError};
use crate::data::model::{EntryId, QueueRow};

pub(super) const FILES: &[File] = &[
    File {
        name: "errors_scan",
        about: "what makes the group of each open entry, newest first, behind one of them",
        makes: "groups of the whole queue, in one statement a page instead of two",
        does: Reads,
        takes: takes!["rows": Big = Number(100), "place before": Moment = Last,
            "entry before": Uuid = MaxUuid],
        gives: columns![
            dlq_entry_uuid: Uuid,
            place: Moment,
            dlq_timestamp: Instant,
            namespace_name: Text,
            task_name: Text,
            step_name: Text null,
            dlq_reason: Text,
            current_error: Text null,
        ],
        by_place: false,
        read: read::<ScannedError>,
    },
    File {
        name: "queue_named",
        about: "these open entries, as the queue has them",
        makes: "the rows of a group, wherever they stand; only where queue has three parameters",
        does: Reads,
        takes: takes!["entries": Uuids = Ids],
        gives: QUEUE,
        by_place: false,
        read: read::<QueueRow>,
    },
    File {
        name: "error_store",
        about: "how far fingerprints are stored: one row; then the three below are needed as well",
        makes: "groups that are counted in the database instead of scanned",
        does: Reads,
        takes: &[],
        gives: columns![
            algorithm: Int,
            rules: Text,
            entries: Big,
            changes: Big,
            outdated: Bool,
        ],
        by_place: false,
        read: read::<ErrorStore>,
    },
    File {
        name: "error_groups",
        about: "the stored groups by these rules: the largest, and the newest",
        makes: "the queue by error",
        does: Reads,
        takes: takes!["rules": Text = Word("2"), "how many of the largest": Big = Number(100),
            "how many of the newest": Big = Number(100)],
        gives: columns![
            group_id: Big,
            namespace_name: Text,
            task_name: Text,
            step_name: Text null,
            dlq_reason: Text,
            fingerprint: Text,
            entries: Big,
            claimed: Big,
            owner: Text null,
            first_seen: Instant,
            last_seen: Instant,
        ],
        by_place: false,
        read: read::<StoredGroup>,
    },
    File {
        name: "errors_unread",
        about: "entries that have changed since, the newest change first; without a reason if closed",
        makes: "groups that are true before anybody has stored what is new",
        does: Reads,
        takes: takes!["rules": Text = Word("2"), "rows": Big = Number(100)],
        gives: columns![
            dlq_entry_uuid: Uuid,
            counted_in: Big null,
            namespace_name: Text null,
            task_name: Text null,
            step_name: Text null,
            dlq_reason: Text null,
            current_error: Text null,
            dlq_timestamp: Instant null,
        ],
        by_place: false,
        read: read::<UnreadError>,
    },
    File {
        name: "group_entries",
        about: "the entries of a stored group, the oldest first",
        makes: "the rows of a group, wherever they stand",
        does: Reads,
        takes: takes!["group": Big = Number(1), "rows": Big = Number(100)],
        gives: columns![dlq_entry_uuid: Uuid],
        by_place: true,
        read: read::<(EntryId,)>,
    },
];
