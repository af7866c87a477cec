//! What `migrate` says that it will do, before it does it, and what it has done, in JSON.

use std::io::Write;

use serde_json::{Value, json};

use crate::app::format::plural;
use crate::data::native::migration_plan::{MigrationPlan, OwnObject, ROLES};

/// When it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tense {
    /// In a dry run.
    Would,
    /// In a moment.
    Will,
    /// It is done.
    Did,
}

/// The kinds that have a line of their own. Indexes and sequences come with the tables.
const KINDS: [&str; 4] = ["table", "view", "type", "function"];

/// What is said about a plan.
pub(super) struct Announcement<'a> {
    plan: &'a MigrationPlan,
    tense: Tense,
}

impl<'a> Announcement<'a> {
    pub(super) const fn new(plan: &'a MigrationPlan, tense: Tense) -> Self {
        Self { plan, tense }
    }

    fn objects(&self, schema: &str, kind: &str) -> Vec<&'a OwnObject> {
        let is_there = |object: &&OwnObject| {
            let (there, _) = object.name.split_once('.').unwrap_or_default();
            there == schema && object.kind == kind
        };
        self.plan.creates.iter().filter(is_there).collect()
    }

    /// The plan as lines.
    pub(super) fn write(&self, out: &mut impl Write) -> std::io::Result<()> {
        let plan = self.plan;
        if plan.status.pending.is_empty() {
            return writeln!(out, "the schema is up to date: nothing to apply");
        }
        let will = if self.tense == Tense::Would {
            "would"
        } else {
            "will"
        };
        for (version, name) in &plan.status.pending {
            writeln!(out, "{will} apply {version} {name}")?;
        }
        if plan.creates_schema() {
            writeln!(out, "{will} create schema dlqtop")?;
        }
        self.write_objects(out, will)?;
        self.write_rights(out, will)?;
        out.flush()
    }

    /// In schema dlqtop nobody else has anything, so numbers will do there.
    fn write_objects(&self, out: &mut impl Write, will: &str) -> std::io::Result<()> {
        let own: Vec<String> = KINDS
            .iter()
            .map(|kind| (kind, self.objects("dlqtop", kind).len()))
            .filter(|(_, count)| *count > 0)
            .map(|(kind, count)| plural(count, kind))
            .collect();
        if !own.is_empty() {
            writeln!(out, "{will} create in dlqtop {}", own.join(", "))?;
        }
        for kind in KINDS {
            let objects = self.objects("public", kind);
            if objects.is_empty() {
                continue;
            }
            let names = objects.iter().map(|object| {
                let (_, name) = object.name.split_once('.').unwrap_or_default();
                name
            });
            let names: Vec<&str> = names.collect();
            let count = plural(objects.len(), kind);
            writeln!(out, "{will} create in public {count}: {}", names.join(", "))?;
        }
        Ok(())
    }

    fn write_rights(&self, out: &mut impl Write, will: &str) -> std::io::Result<()> {
        let plan = self.plan;
        let missing: Vec<&str> = plan.roles_missing().collect();
        for role in ROLES {
            if !missing.contains(&role) {
                writeln!(out, "{will} grant {role}, which exists, rights on these")?;
            } else if plan.by.may_create_roles {
                writeln!(
                    out,
                    "{will} create role {role}, and grant it rights on these"
                )?;
            } else {
                writeln!(
                    out,
                    "cannot create role {role}: let an administrator run `create role {role} nologin`, then \
                     run `select dlqtop.grant_roles()`"
                )?;
            }
        }
        writeln!(
            out,
            "{will} revoke from everybody the right to execute {}, all of them new, and no other right",
            plural(self.closed().count(), "function")
        )
    }

    fn closed(&self) -> impl Iterator<Item = &'a OwnObject> {
        self.plan.creates.iter().filter(|object| object.is_closed)
    }

    /// The same, with all names.
    pub(super) fn json(&self) -> Value {
        let plan = self.plan;
        let applied: Vec<Value> = (plan.status.pending.iter())
            .map(|(version, name)| json!({ "version": version, "name": name }))
            .collect();
        let created: Vec<Value> = (plan.creates.iter())
            .map(|object| json!({ "kind": object.kind, "name": object.name }))
            .collect();
        let may_create = plan.by.may_create_roles && !applied.is_empty();
        let roles: Vec<&str> = plan.roles_missing().filter(|_| may_create).collect();
        let revoked: Vec<&str> = self.closed().map(|object| object.name).collect();
        if self.tense == Tense::Did {
            json!({
                "applied": applied,
                "created": created,
                "created_roles": roles,
                "revoked_from_public": revoked,
            })
        } else {
            json!({
                "would_apply": applied,
                "would_create": created,
                "would_create_roles": roles,
                "would_revoke_from_public": revoked,
            })
        }
    }
}
