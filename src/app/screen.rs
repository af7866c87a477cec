//! What lies on top of the panes, and moving about between them.

pub(in crate::app) mod back;
pub mod commands;
pub mod copy;
pub(in crate::app) mod navigation;
pub mod notification;
pub mod operator_log;
pub mod popup;

use self::notification::Notification;
use self::operator_log::LogScreen;
use self::popup::Popup;

/// What lies on top of the panes.
#[derive(Debug, Default)]
pub struct Screen {
    /// What lies over everything else.
    pub popup: Option<Popup>,
    /// The log of what was done; it covers everything but a popup.
    pub operator_log: Option<LogScreen>,
    /// The latest news, until it has been read.
    pub notification: Option<Notification>,
    /// The program should end.
    pub quitting: bool,
    /// The operator was told what is under way, and may quit all the same.
    pub quit_warned: bool,
}
