//! What lies on top of the panes, and moving about between them.

pub(in crate::app) mod back;
pub mod commands;
pub mod copy;
pub(in crate::app) mod navigation;
pub mod notification;
pub mod operator_log;
pub mod popup;
