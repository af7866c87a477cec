//! `dlqtop` shows an on-call engineer which background work is stuck in PostgreSQL and why, and
//! lets them fix it safely.
//!
//! [`program`] reads the arguments and hands them to [`cli`], which does one of its commands. The dashboard
//! is one of them: keys, polls, outcomes and the passing of time become [`app::action::Action`]s;
//! [`app::App::update`] decides, and returns a [`data::messages::command::Command`] if the database is to
//! be asked; [`ui`] draws what [`app::App`] holds, and [`keymap`] says which key does what.
//!
//! [`data`] has the only SQL: its poller reads, its worker writes, its sweep does the work of the
//! [`detector`]. [`config`] knows every setting and how to reach the database, [`template`] reads template
//! files, [`files`] says which files can be trusted, [`telemetry`] serves metrics, and [`demo`] makes a database worth looking at. Each module says
//! who may call it and where to add the next one; `ARCHITECTURE.md` has the picture.

pub mod app;
pub mod cli;
pub mod config;
pub mod data;
pub mod demo;
pub mod detector;
pub mod failure;
pub mod files;
pub mod keymap;
pub mod program;
pub mod telemetry;
pub mod template;
pub mod ui;
