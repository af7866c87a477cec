//! The arguments of `dlqtop detect`.

use std::time::Duration;

use clap::{ArgGroup, Args};

use crate::cli::args::Output;
use crate::config::value::interval;

/// How to detect.
#[derive(Debug, Clone, Args)]
pub struct DetectArgs {
    /// Sweep once, say what was done, and end: 0, or 1 if a task could not be processed or too many are due.
    #[arg(long)]
    pub once: bool,
    /// Say what would be done and change nothing but the table of sweeps.
    #[arg(long)]
    pub dry_run: bool,
    /// Time between two sweeps: 5m unless given here or in the configuration.
    #[arg(long, value_parser = interval, value_name = "TIME")]
    pub interval: Option<Duration>,
    /// With --once: one line a task as well.
    #[arg(long, requires = "once", conflicts_with = "json")]
    pub verbose: bool,
    /// Who may say whether sweeps act here.
    #[command(flatten)]
    pub control: ControlArgs,
    /// How it is printed: with --once one object with every task, else one line a sweep.
    #[command(flatten)]
    pub output: Output,
}

/// Whether sweeps act on this database.
#[derive(Debug, Clone, Args)]
#[command(group(ArgGroup::new("decision").multiple(false)))]
pub struct ControlArgs {
    /// Let sweeps act on this database, for everybody. Shows what the first sweep would take and asks for
    /// the number; without a terminal, give it with --count and --reason.
    #[arg(long, group = "decision", conflicts_with_all = ["once", "dry_run", "interval"])]
    pub arm: bool,
    /// Make every sweep on this database dry again, for everybody and at once.
    #[arg(long, group = "decision", conflicts_with_all = ["once", "dry_run", "interval"])]
    pub disarm: bool,
    /// Let one sweep within ten minutes take up to COUNT tasks, though the breaker holds it.
    #[arg(long, value_name = "COUNT", group = "decision",
          value_parser = clap::value_parser!(i32).range(1..),
          conflicts_with_all = ["once", "dry_run", "interval"])]
    pub confirm: Option<i32>,
    /// With --arm: the number of tasks that the first sweep may take.
    #[arg(long, value_name = "N", requires = "arm", value_parser = clap::value_parser!(i32).range(0..))]
    pub count: Option<i32>,
    /// Why, with --arm, --disarm or --confirm. It goes into the operator log.
    #[arg(long, value_name = "TEXT", requires = "decision")]
    pub reason: Option<String>,
}

/// What is to be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ToDecide {
    Arm,
    Disarm,
    Confirm(i32),
}

impl ControlArgs {
    /// What is to be decided, if anything.
    pub(super) fn to_decide(&self) -> Option<ToDecide> {
        if self.arm {
            Some(ToDecide::Arm)
        } else if self.disarm {
            Some(ToDecide::Disarm)
        } else {
            self.confirm.map(ToDecide::Confirm)
        }
    }
}
