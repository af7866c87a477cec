//! When things happened in the invented history, and who did them.

/// When the last sweep was, and how far apart they are, in seconds.
pub(in crate::demo) const LAST_SWEEP_SECS: f64 = 360.0;
pub(in crate::demo) const SWEEP_EVERY_SECS: f64 = 300.0;
/// How long the unsteady namespace has been without workers.
pub(in crate::demo) const SILENT_SECS: f64 = 34.0 * 60.0;
/// Who swept.
pub(in crate::demo) const DETECTORS: [&str; 2] = ["detector@ops-1", "detector@ops-2"];
/// Who is on call.
pub(in crate::demo) const ON_CALL: [&str; 4] = ["ana", "bob", "carla", "dmitri"];
