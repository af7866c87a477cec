//! The real program in a real pseudo-terminal, with a real PostgreSQL behind it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/database.rs"]
mod database;
#[path = "../common/eventually.rs"]
mod eventually;
#[allow(dead_code, reason = "made for more than is needed here")]
#[path = "../faults/seed.rs"]
mod seed;
#[path = "../common/wait.rs"]
mod wait;

mod asking;
mod configured;
mod demo;
mod editor;
mod every_key;
mod groups;
mod leaving;
mod many;
mod presence;
mod profile;
mod pseudo_terminal;
mod repair;
mod restart;
mod scene;
mod terminal;
mod together;
mod typing;
mod unlocking;
mod wall;
