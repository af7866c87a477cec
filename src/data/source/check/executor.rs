//! Runs the statements of a source, and feeds ids that earlier ones returned into later ones.

use std::collections::BTreeSet;

use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::{Arguments as _, Executor as _, Row as _};
use uuid::Uuid;

use super::result::{CheckResult, STATEMENT_LIMIT};
use crate::data::connection::transaction::begin;
use crate::data::error::{DataError, QueryContext as _};
use crate::data::model::pg_timestamp::PgTimestamp;
use crate::data::source::Source;
use crate::data::source::contract::{File, Param, Sample, Type};

const DOING: &str = "try a statement";

/// What is given as a parameter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Id(Uuid),
    Ids(Vec<Uuid>),
    Text(String),
    Number(i64),
    PgTimestamp(PgTimestamp),
    Flag(bool),
}

/// What was found so far, and how to ask for more.
pub(super) struct Executor<'a> {
    pub(super) source: &'a Source,
    most: usize,
    tasks: Vec<Uuid>,
    entries: Vec<Uuid>,
    steps: Vec<Uuid>,
    template: Option<(String, String)>,
    alerts: Option<BTreeSet<String>>,
}

impl<'a> Executor<'a> {
    pub(super) const fn new(source: &'a Source, most: usize) -> Self {
        Self {
            source,
            most,
            tasks: Vec::new(),
            entries: Vec::new(),
            steps: Vec::new(),
            template: None,
            alerts: None,
        }
    }

    /// Begins again, in a transaction that cannot write.
    pub(super) async fn begin(&self, db: &mut PgConnection) -> Result<(), DataError> {
        db.execute("rollback").await.while_doing(DOING)?;
        begin(db, self.source.session(), STATEMENT_LIMIT).await
    }

    /// The rows of a statement, or what it would take.
    pub(super) async fn rows(
        &self,
        db: &mut PgConnection,
        file: &File,
        values: &[Value],
    ) -> Result<Vec<PgRow>, DataError> {
        let mut arguments = PgArguments::default();
        for (param, value) in file.takes.iter().zip(values) {
            bind(&mut arguments, param.kind, value);
        }
        let Some(sql) = self.source.explain_sql(file.name, file.writes()) else {
            return Ok(Vec::new());
        };
        sqlx::query_with(sql, arguments)
            .persistent(false)
            .fetch_all(db)
            .await
            .while_doing(DOING)
    }

    /// Keeps the ids that stand in a row, for the statements that come after it.
    pub(super) fn learn(&mut self, file: &File, row: &PgRow) {
        let id = |name: &str| row.try_get::<Option<Uuid>, _>(name).ok().flatten();
        let text = |name: &str| row.try_get::<String, _>(name).ok();
        let finds = [
            (&mut self.tasks, "task_uuid"),
            (&mut self.entries, "dlq_entry_uuid"),
            (&mut self.steps, "workflow_step_uuid"),
        ];
        for (known, name) in finds {
            if let Some(id) = id(name)
                && known.len() < self.most
                && !known.contains(&id)
            {
                known.push(id);
            }
        }
        if let (Some(namespace), Some(name)) = (text("namespace_name"), text("task_name")) {
            self.template.get_or_insert((namespace, name));
        }
        if file.name == "alerts" {
            let alerts = self.alerts.get_or_insert_default();
            alerts.extend(text("alert"));
        }
    }

    /// All that a file is to be given, one after the other.
    pub(super) fn samples(&self, file: &File) -> Vec<Vec<Value>> {
        let has = |sample| file.takes.iter().any(|param| param.sample == sample);
        let mut ids = vec![Uuid::nil()];
        if has(Sample::Task) {
            ids.extend(&self.tasks);
        } else if has(Sample::Id) {
            ids.extend(self.tasks.iter().chain(&self.entries).chain(&self.steps));
        }
        let set = |id: &Uuid| {
            let value = |param| self.value(param, *id);
            file.takes.iter().map(value).collect()
        };
        ids.iter().map(set).collect()
    }

    fn value(&self, param: &Param, id: Uuid) -> Value {
        let text = |text: &str| Value::Text(text.to_owned());
        match param.sample {
            Sample::Null => Value::Null,
            Sample::Nil => Value::Id(Uuid::nil()),
            Sample::MaxUuid => Value::Id(Uuid::max()),
            Sample::MaxBig => Value::Number(i64::MAX),
            Sample::First => Value::PgTimestamp(PgTimestamp::FIRST),
            Sample::Last => Value::PgTimestamp(PgTimestamp::LAST),
            Sample::Task | Sample::Id => Value::Id(id),
            Sample::Tasks => Value::Ids(self.tasks.clone()),
            Sample::Ids => Value::Ids([&self.tasks[..], &self.entries, &self.steps].concat()),
            Sample::NoIds => Value::Ids(Vec::new()),
            Sample::Namespace => text(self.template.as_ref().map_or("", |(space, _)| space)),
            Sample::Name => text(self.template.as_ref().map_or("", |(_, name)| name)),
            Sample::Number(number) => Value::Number(number.into()),
            Sample::Word(word) => text(word),
            Sample::Flag(flag) => Value::Flag(flag),
        }
    }

    /// Alerts that the manifest has a duration for and that no row ever has.
    pub(super) fn silent_alerts(&self) -> Vec<CheckResult> {
        let Some(known) = &self.alerts else {
            return Vec::new();
        };
        let keys = self.source.manifest.alerts.keys();
        let silent = keys.filter(|key| !known.contains(*key)).map(|key| {
            let what = format!("[alerts] has {key}, of which alerts.sql says nothing");
            CheckResult::warning("source.toml", what)
        });
        silent.collect()
    }
}

/// Binds as the program does: a type for every parameter, also where there is no value.
fn bind(arguments: &mut PgArguments, kind: Type, value: &Value) {
    let id = if let Value::Id(id) = value {
        Some(*id)
    } else {
        None
    };
    let number = if let Value::Number(number) = value {
        Some(*number)
    } else {
        None
    };
    let text = if let Value::Text(text) = value {
        Some(text.clone())
    } else {
        None
    };
    let ids = if let Value::Ids(ids) = value {
        Some(ids.clone())
    } else {
        None
    };
    let moment = if let Value::PgTimestamp(moment) = value {
        Some(*moment)
    } else {
        None
    };
    let flag = if let Value::Flag(flag) = value {
        Some(*flag)
    } else {
        None
    };
    // None of these can fail: they only lay bytes down.
    let _ = match kind {
        Type::Uuid => arguments.add(id),
        Type::Uuids => arguments.add(ids),
        Type::Text => arguments.add(text),
        Type::Texts => arguments.add(text.map(|text| vec![text])),
        Type::Int => arguments.add(number.and_then(|number| i32::try_from(number).ok())),
        Type::Big => arguments.add(number),
        #[expect(clippy::cast_precision_loss, reason = "a span of time in seconds")]
        Type::Float => arguments.add(number.map(|number| number as f64)),
        Type::Bool => arguments.add(flag),
        Type::Instant | Type::Moment => arguments.add(moment),
        Type::Json => arguments.add(text.map(serde_json::Value::from)),
    };
}
