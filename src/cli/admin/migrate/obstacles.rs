//! What has to be settled before anything is written, each with what to do about it.

use crate::app::format::plural;
use crate::data::native::migration_plan::MigrationPlan;
use crate::failure::Failure;

/// The first of them, if there is one and something is to be applied.
pub(super) fn first(plan: &MigrationPlan, as_superuser: bool) -> Option<Failure> {
    if plan.status.pending.is_empty() {
        return None;
    }
    names_taken(plan)
        .or_else(|| superuser(plan, as_superuser))
        .or_else(|| not_the_owner(plan))
        .or_else(|| lacking(plan))
        .or_else(|| other_creators(plan))
}

fn names_taken(plan: &MigrationPlan) -> Option<Failure> {
    if plan.taken.is_empty() {
        return None;
    }
    let line = format!(
        "{} that the migrations would create {} taken in database {}: nothing was done; rename what is there, \
         or give dlqtop a database of its own",
        plural(plan.taken.len(), "name"),
        if plan.taken.len() == 1 { "is" } else { "are" },
        plan.by.database
    );
    let taken = plan.taken.iter();
    let details = taken.map(|one| format!("{} {}, owned by {}", one.kind, one.name, one.owner));
    Some(Failure::unavailable_in_detail(line, details.collect()))
}

fn superuser(plan: &MigrationPlan, as_superuser: bool) -> Option<Failure> {
    if !plan.by.is_superuser || as_superuser {
        return None;
    }
    let line = format!(
        "{} is a superuser, and the schema's functions would run with its rights: connect as an ordinary role \
         (see docs/security.md), or add --as-superuser",
        plan.by.role
    );
    Some(Failure::usage(line))
}

fn not_the_owner(plan: &MigrationPlan) -> Option<Failure> {
    let owner = plan.by.owner.as_ref()?;
    (!plan.by.acts_as_owner).then(|| {
        Failure::unavailable(format!(
            "only the owner of the schema may migrate it: {owner}, and you are {}",
            plan.by.role
        ))
    })
}

fn lacking(plan: &MigrationPlan) -> Option<Failure> {
    if plan.by.lacking.is_empty() {
        return None;
    }
    let line = format!(
        "{} may not create what the migrations create: let an administrator run this first",
        plan.by.role
    );
    let statements = plan.by.lacking.iter().map(|one| format!("{one};"));
    Some(Failure::unavailable_in_detail(line, statements.collect()))
}

fn other_creators(plan: &MigrationPlan) -> Option<Failure> {
    if plan.others.is_empty() {
        return None;
    }
    let names: Vec<String> = plan.others.iter().map(|one| one.who.to_string()).collect();
    let line = format!(
        "{} may create objects in schema public of database {}, and so put them in the way of the schema's own: \
         let an administrator run this first, unless another application needs it; then use another database",
        names.join(", "),
        plan.by.database
    );
    let statements = plan.others.iter().map(|one| format!("{};", one.statement));
    Some(Failure::unavailable_in_detail(line, statements.collect()))
}
