//! The real program in a real pseudo-terminal, with a real PostgreSQL behind it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod arming;
mod asking;
mod configured;
mod demo;
mod editor;
mod every_key;
mod groups;
mod keys;
mod leaving;
mod lost_rows;
mod many;
mod outcomes;
mod presence;
mod profile;
mod repair;
mod restart;
mod terminal;
mod together;
mod typing;
mod unlocking;
mod wall;
