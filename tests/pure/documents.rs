//! The documents as a reader meets them: pages of a readable length with a list of contents, links
//! that lead somewhere, command lines that the program takes, and no word that was given up.

mod commands;
mod page;
mod reading;
