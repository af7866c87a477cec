//! How the contract describes a file: its parameters, its columns, and what it is for.

use std::fmt;

use sqlx::FromRow;
use sqlx::postgres::PgRow;

/// One file of a source.
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// Its name without the ending.
    pub name: &'static str,
    /// What it is for, on one line.
    pub about: &'static str,
    /// What depends on it: a pane, a column, a key.
    pub makes: &'static str,
    /// Whether it reads or writes.
    pub does: Does,
    /// Its parameters: `$1` and so on.
    pub takes: &'static [Param],
    /// Its columns.
    pub gives: &'static [Column],
    /// Its columns are read by position, not by name.
    pub by_place: bool,
    /// Reads a row as the program does; returns it as text.
    pub read: fn(&PgRow) -> Result<String, sqlx::Error>,
}

/// What a file does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// It reads.
    Reads,
    /// It is an operator's act on one of these.
    Acts(Subject),
    /// It does what the system's own API leaves undone of such an act.
    Finishes(Subject),
    /// It writes a line of the operators' log.
    Logs,
}

/// What an act is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A step.
    Step,
    /// A whole task.
    Task,
    /// An entry.
    Entry,
}

/// A parameter of a file.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    /// Its name in the documentation.
    pub name: &'static str,
    /// Its type.
    pub kind: Type,
    /// The value that a check passes.
    pub sample: Sample,
}

/// One column of an answer.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: Type,
    /// Whether it may be null.
    pub null: bool,
}

/// The types of parameters and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `uuid`
    Uuid,
    /// `uuid[]`
    Uuids,
    /// `text`
    Text,
    /// `text[]`
    Texts,
    /// `integer`
    Int,
    /// `bigint`
    Big,
    /// `double precision`
    Float,
    /// `boolean`
    Bool,
    /// `timestamptz`, finite and in a year that a calendar has.
    Instant,
    /// `timestamptz`, `infinity` among them.
    Moment,
    /// `jsonb`
    Json,
}

/// The value that a check passes as a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sample {
    /// Null.
    Null,
    /// An id that does not exist.
    Nil,
    /// The greatest of ids.
    MaxUuid,
    /// The greatest of numbers.
    MaxBig,
    /// Before all instants.
    First,
    /// After all instants.
    Last,
    /// A task that was found.
    Task,
    /// All tasks that were found.
    Tasks,
    /// Any id that was found.
    Id,
    /// Ids of all kinds that were found.
    Ids,
    /// No ids at all.
    NoIds,
    /// The namespace of a task that was found.
    Namespace,
    /// The name of that task's template.
    Name,
    /// This number.
    Number(i32),
    /// This text.
    Word(&'static str),
    /// This.
    Flag(bool),
}

impl Type {
    /// Its name in SQL.
    #[must_use]
    pub const fn sql(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::Uuids => "uuid[]",
            Self::Text => "text",
            Self::Texts => "text[]",
            Self::Int => "integer",
            Self::Big => "bigint",
            Self::Float => "double precision",
            Self::Bool => "boolean",
            Self::Instant | Self::Moment => "timestamptz",
            Self::Json => "jsonb",
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.sql())
    }
}

impl Subject {
    /// Its native word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Task => "task",
            Self::Entry => "entry",
        }
    }
}

impl File {
    /// Whether it changes anything.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.does != Does::Reads
    }
}

/// Reads a row as a `T`.
pub(super) fn read<T: for<'r> FromRow<'r, PgRow> + fmt::Debug>(
    row: &PgRow,
) -> Result<String, sqlx::Error> {
    T::from_row(row).map(|read| format!("{read:?}"))
}

/// Columns: `name: Type`, followed by `null` if the column may be null.
macro_rules! columns {
    (@null) => { false };
    (@null null) => { true };
    ($($name:ident: $kind:ident $($null:ident)?),* $(,)?) => {
        &[$($crate::data::source::contract::shape::Column {
            name: stringify!($name),
            kind: $crate::data::source::contract::shape::Type::$kind,
            null: columns!(@null $($null)?),
        }),*]
    };
}

/// Parameters: `name: Type = what a check gives`.
macro_rules! takes {
    ($($name:literal: $kind:ident = $sample:expr),* $(,)?) => {
        &[$($crate::data::source::contract::shape::Param {
            name: $name,
            kind: $crate::data::source::contract::shape::Type::$kind,
            sample: $sample,
        }),*]
    };
}
pub(super) use {columns, takes};
