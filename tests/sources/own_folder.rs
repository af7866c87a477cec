//! A source of the user's own, found through the configuration folder by the real program.
