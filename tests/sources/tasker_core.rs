//! An existing Tasker deployment, on its own layout in a real PostgreSQL: what is read of it, and what
//! acts leave behind, by SQL and by its API.

mod agreement;
mod api_leftovers;
mod blocked;
mod by_api;
mod by_sql;
mod cancelling;
mod deployment;
mod server;
