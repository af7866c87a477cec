//! What a check says of folders that are wrong in some way.
