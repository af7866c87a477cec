//! What `dlqtop install` makes beside a system of somebody else's, and what is kept there.

mod acting;
mod installing;
mod reading;
mod sampling;
pub mod scene;
mod signing;
mod strangers;
