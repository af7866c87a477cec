//! A text for the clipboard.

/// What is copied, and what it is called.
pub(super) struct Copied {
    pub(super) name: &'static str,
    pub(super) text: String,
}

impl Copied {
    pub(super) const fn new(name: &'static str, text: String) -> Self {
        Self { name, text }
    }
}
