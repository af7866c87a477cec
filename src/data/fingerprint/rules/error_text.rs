//! What rules are applied to.

/// An error and the template of its task.
#[derive(Debug, Clone, Copy, Default)]
pub struct ErrorText<'a> {
    /// The namespace of the template; empty if it is unknown.
    pub namespace: &'a str,
    /// The name of the template; empty if it is unknown.
    pub name: &'a str,
    /// The whole error.
    pub text: &'a str,
}

impl<'a> ErrorText<'a> {
    /// An error of a template as screens name it: `payments/charge_order`.
    #[must_use]
    pub fn of(template: &'a str, text: &'a str) -> Self {
        let (namespace, name) = template.split_once('/').unwrap_or((template, template));
        Self {
            namespace,
            name,
            text,
        }
    }
}

/// The text in one line, without control characters.
pub(super) fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}
