//! `dlqtop` shows an on-call engineer which background work is stuck in PostgreSQL and why, and
//! lets them fix it safely.
//!
//! Keys, polls, outcomes and the passing of time become [`app::action::Action`]s;
//! [`app::App::update`] decides and returns a [`data::command::Command`] if something is to be
//! asked of the database; [`ui`] draws what [`app::App`] holds. [`data`] has the only SQL: its
//! poller reads, its worker writes, its sweep does the work of the [`detector`]. [`cli`] is where
//! a command line becomes one of these, [`config`] knows how to reach the database, and [`demo`]
//! makes a database worth looking at. `ARCHITECTURE.md` has the picture.

pub mod app;
pub mod cli;
pub mod config;
pub mod data;
pub mod demo;
pub mod detector;
pub mod failure;
pub mod keymap;
pub mod program;
pub mod telemetry;
pub mod template;
pub mod ui;
