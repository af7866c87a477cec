//! What is on the screen, drawn to memory. Each pane, popup and page has a folder, and what it must
//! look like beside it, in `snapshots`; whatever holds on every screen has a file of its own.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bulk {
    mod resuming;
    mod running;
}
mod dashboard {
    mod arming;
    mod warnings;
    mod whole;
}
mod detail {
    mod pages;
}
mod popups {
    mod confirm;
    mod detector;
    mod menus;
}
mod queue {
    mod groups;
    mod pane;
}
mod staleness {
    mod pane;
}
mod stats {
    mod pane;
}
mod wall {
    mod pages;
}

mod any_size;
mod fleet;
mod hostile_text;
mod sources;
mod words;
