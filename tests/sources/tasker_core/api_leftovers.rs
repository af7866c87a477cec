//! What Tasker's API leaves undone though it says yes is read back, done by SQL, and said.

use dlqtop::data::messages::command::{ItemResult, StepVerb};

use super::deployment::{Deployment, Stuck, carry_out, on_step, task_is};
use super::server::{Reply, Server};

/// What became of an act by an API that only moves the step.
async fn by_api(on: &Deployment, stuck: Stuck, verb: StepVerb) -> ItemResult {
    let server = Server::before(on, stuck, Reply::OnlyMoves).await;
    let site = on.acting_by(server.api()).await;
    let result = carry_out(&site, "ana@lap", &on_step(verb, stuck, "error")).await;
    assert_eq!(server.heard().len(), 1, "it is asked for once");
    result
}

async fn attempts(on: &Deployment, stuck: Stuck) -> i32 {
    on.one(&format!(
        "select attempts from tasker.workflow_steps where workflow_step_uuid = '{}'",
        stuck.step
    ))
    .await
}

fn done(now: &str) -> ItemResult {
    ItemResult::Done { now: now.into() }
}

#[tokio::test]
async fn attempts_that_a_retry_leaves_used_are_reset_and_that_is_said() {
    let (on, stuck) = Deployment::stuck().await;
    assert_eq!(attempts(&on, stuck).await, 3);
    assert_eq!(
        by_api(&on, stuck, StepVerb::ResetForRetry).await,
        done("pending (the API left the attempts at 3 of 3: finished by SQL)")
    );
    assert_eq!(attempts(&on, stuck).await, 0);
    assert_eq!(on.state(stuck.step).await, "pending");
    assert!(
        on.task_states_after(7).await.is_empty(),
        "a task in error stays"
    );
}

#[tokio::test]
async fn a_blocked_task_that_the_api_leaves_blocked_is_freed() {
    let (on, stuck) = Deployment::stuck().await;
    task_is(&on, "blocked_by_failures").await;
    assert_eq!(
        by_api(&on, stuck, StepVerb::ResetForRetry).await,
        done(
            "pending (the API left the attempts at 3 of 3 and the task in blocked_by_failures: finished by SQL)"
        )
    );
    assert_eq!(on.task_states_after(7).await, ["error", "pending"]);

    let (on, stuck) = Deployment::stuck().await;
    task_is(&on, "blocked_by_failures").await;
    assert_eq!(
        by_api(&on, stuck, StepVerb::ResolveManually).await,
        done("resolved_manually (the API left the task in blocked_by_failures: finished by SQL)")
    );
    assert_eq!(on.task_states_after(7).await, ["error", "pending"]);
}

#[tokio::test]
async fn who_may_not_finish_it_is_told_that_the_step_will_not_run() {
    let (on, stuck) = Deployment::stuck().await;
    let role = format!("reader_of_{}", on.db.options.get_database().unwrap());
    on.run(&format!(
        "create role {role} nologin;
         grant usage on schema tasker to {role};
         grant select on all tables in schema tasker to {role}"
    ))
    .await;
    let server = Server::before(&on, stuck, Reply::OnlyMoves).await;
    let mut site = on.acting_by(server.api()).await;
    site.options = site.options.clone().options([("role", role.as_str())]);
    let write = on_step(StepVerb::ResetForRetry, stuck, "error");
    let ItemResult::Failed { why } = carry_out(&site, "ana@lap", &write).await else {
        panic!("it was said to be done");
    };
    let why = why.as_str();
    let told = why.starts_with(
        "the API said yes and left the attempts at 3 of 3; finishing it by SQL failed: ",
    );
    assert!(told && why.contains("ask for: grant "), "{why}");
    assert_eq!(attempts(&on, stuck).await, 3);

    // Where nothing is left undone, it takes no more rights than to read.
    on.run("update tasker.workflow_steps set attempts = 0")
        .await;
    let write = on_step(StepVerb::ResolveManually, stuck, "pending");
    assert_eq!(
        carry_out(&site, "ana@lap", &write).await,
        done("resolved_manually")
    );
}
