//! What the program decides: keys in, what is sent and said out; and what holds of its own files.
//! Neither a database nor a process is needed.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod app {
    mod access;
    mod acts;
    mod alerts;
    mod bulk;
    mod freshness;
    mod gathering;
    mod groups;
    mod log;
    mod looks;
    mod outcomes;
    mod profiles;
    mod reach;
    mod replica;
    mod snapshot_tree;
    mod step_or_task;
    mod then_and_now;
    mod verdicts;
    mod writes;
}

mod docs;
mod documents;
mod layers;
mod loop_keys;
mod vocabulary;
