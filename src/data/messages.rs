//! What the application and the tasks say to each other. Plain data.

pub mod change;
pub mod command;
