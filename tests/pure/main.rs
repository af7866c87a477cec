//! What the program decides: keys in, what is sent and said out; and what holds of its own files.
//! Neither a database nor a process is needed.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod app {
    mod access;
    mod acts;
    mod advice_is_open;
    mod alerts;
    mod arming;
    mod bulk;
    mod cursor_and_marks;
    mod diagnosis;
    mod freshness;
    mod group_rules;
    mod groups;
    mod hidden_values;
    mod log;
    mod lost_rows;
    mod outcomes;
    mod profiles;
    mod replica;
    mod retries;
    mod rows_wanted;
    mod select_all;
    mod snapshot_diff;
    mod snapshot_tree;
    mod step_or_task;
    mod whole_queue;
    mod writes;
}

mod corpus;
mod docs;
mod documents;
mod frozen;
mod layers;
mod loop_keys;
mod vocabulary;
