//! Polls from a real streaming replica, made by `pg_basebackup` of a real primary.

mod dashboard;
mod polls;
mod refusals;
mod standby;
