//! Everything that touches the database. Knows nothing of terminals or of [`crate::app`].

pub mod command;
pub mod error;
pub mod model;
pub mod private_postgres;
pub mod safe_text;
