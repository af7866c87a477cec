//! `dlqtop` shows an on-call engineer which background work is stuck in PostgreSQL and why, and
//! lets them fix it safely.

pub mod app;
pub mod data;
pub mod demo;
pub mod detector;
pub mod ui;
