//! Acts by Tasker's API: what is sent, and what is made of every kind of answer, or of none.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dlqtop::data::bulk::retry_outcome::why_no_outcome;
use dlqtop::data::http_api::{Api, Token};
use dlqtop::data::messages::command::{
    Change, DlqEvent, EntryVerb, ItemResult, Resolution, StepVerb, Write,
};
use dlqtop::data::worker::Writer;
use serde_json::json;

use super::deployment::{Deployment, Stuck, carry_out, finish, on_entry, on_step};
use super::server::{Reply, Server};

const RETRY: StepVerb = StepVerb::ResetForRetry;

/// A task that is stuck, and a server before it.
async fn scene(reply: Reply) -> (Deployment, Stuck, Server) {
    let (on, stuck) = Deployment::stuck().await;
    let server = Server::before(&on, stuck, reply).await;
    (on, stuck, server)
}

async fn act(on: &Deployment, api: Api, write: &Write) -> ItemResult {
    carry_out(&on.acting_by(api).await, "ana@lap", write).await
}

fn says(status: u16, body: &str) -> Reply {
    Reply::Says(status, "application/json", body.to_owned())
}

/// The words of a refusal.
fn refused(result: ItemResult) -> String {
    match result {
        ItemResult::Failed { why } => why.as_str().to_owned(),
        other => panic!("it was not refused: {other:?}"),
    }
}

#[tokio::test]
async fn steps_go_by_patch_with_what_tasker_wants_to_know() {
    for (verb, becomes, body) in [
        (
            RETRY,
            "pending",
            json!({"action_type": "reset_for_retry", "reset_by": "ana@lap", "reason": "gateway is back"}),
        ),
        (
            StepVerb::ResolveManually,
            "resolved_manually",
            json!({"action_type": "resolve_manually", "resolved_by": "ana@lap", "reason": "gateway is back"}),
        ),
        (
            StepVerb::CompleteManually(json!({"paid": [1, "{actor}"]})),
            "complete",
            json!({"action_type": "complete_manually", "completed_by": "ana@lap",
                   "reason": "gateway is back", "completion_data": {"result": {"paid": [1, "{actor}"]}}}),
        ),
    ] {
        let (on, stuck, server) = scene(Reply::Does).await;
        let write = on_step(verb, stuck, "error");
        let result = act(&on, server.api(), &write).await;
        assert_eq!(
            result,
            ItemResult::Done {
                now: becomes.into()
            }
        );
        let heard = server.heard();
        assert_eq!(heard.len(), 1);
        assert_eq!(
            heard[0].line,
            format!(
                "PATCH /v1/tasks/{}/workflow_steps/{} HTTP/1.1",
                stuck.task, stuck.step
            )
        );
        assert_eq!(heard[0].body, body);
        assert_eq!(heard[0].token, None);
        assert_eq!(on.state(stuck.step).await, becomes);
    }
}

#[tokio::test]
async fn an_investigation_is_closed_by_patch_and_counted() {
    let (on, stuck, server) = scene(Reply::Does).await;
    let version = on.named(stuck.entry).await.version.unwrap();
    let close = EntryVerb::Close(Resolution::ManuallyResolved);
    let write = on_entry(close, stuck, version);
    let deeds: Arc<Mutex<Vec<DlqEvent>>> = Arc::default();
    let told = Arc::clone(&deeds);
    let writer = Writer::new(on.acting_by(server.api()).await, "ana@lap".to_owned())
        .on_event(move |deed| told.lock().unwrap().push(deed.clone()));
    let result = finish(writer, &write).await;
    assert_eq!(
        result,
        ItemResult::Done {
            now: "manually_resolved".into()
        }
    );
    let heard = server.heard();
    assert_eq!(
        (heard[0].line.as_str(), &heard[0].body),
        (
            format!("PATCH /v1/dlq/entry/{} HTTP/1.1", stuck.entry).as_str(),
            &json!({"resolution_status": "manually_resolved", "resolution_notes": "gateway is back",
                    "resolved_by": "ana@lap"})
        )
    );
    let deeds = deeds.lock().unwrap();
    let [DlqEvent::EntryClosed { hours, .. }] = deeds.as_slice() else {
        panic!("{deeds:?}");
    };
    assert!((0.4..0.6).contains(hours), "{hours}");
}

#[tokio::test]
async fn a_refusal_is_told_in_the_servers_own_words_and_escaped() {
    let body = r#"{"error": {"message": "Cannot manually resolve step: \u001b[31minvalid\u0007 transition\u202e"}}"#;
    let (on, stuck, server) = scene(says(400, body)).await;
    let why = refused(act(&on, server.api(), &on_step(RETRY, stuck, "error")).await);
    assert!(
        why.contains(" refused (400 Bad Request): Cannot manually resolve step: "),
        "{why}"
    );
    assert!(why.contains("invalid"), "{why}");
    assert!(!why.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{why:?}");
    assert_eq!(on.state(stuck.step).await, "error");
}

#[tokio::test]
async fn an_answer_without_end_is_cut() {
    let (on, stuck, server) =
        scene(Reply::Says(418, "text/html", "<h1>x</h1>".repeat(200_000))).await;
    let why = refused(act(&on, server.api(), &on_step(RETRY, stuck, "error")).await);
    assert!(why.len() < 700, "{}", why.len());
}

#[tokio::test]
async fn a_wrong_token_is_refused_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    fs::write(&path, "s3cr3t-t0ken\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let body = r#"{"message": "the token s3cr3t-t0ken has expired"}"#;
    let (on, stuck, server) = scene(says(401, body)).await;
    let api = Api::new(&server.address, Token::File(path.clone())).unwrap();
    assert!(!format!("{api:?}").contains("s3cr3t"));
    let why = refused(act(&on, api.clone(), &on_step(RETRY, stuck, "error")).await);
    assert!(
        why.ends_with("refused (401 Unauthorized): the token … has expired"),
        "{why}"
    );
    assert_eq!(
        server.heard()[0].token.as_deref(),
        Some("Bearer s3cr3t-t0ken")
    );

    // One that others may read is not even sent.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let why = refused(act(&on, api, &on_step(RETRY, stuck, "error")).await);
    assert!(why.contains("chmod 0600"), "{why}");
    assert_eq!(server.heard().len(), 1);
}

#[tokio::test]
async fn nothing_is_sent_for_what_has_changed_meanwhile() {
    let (on, stuck, server) = scene(Reply::Does).await;
    carry_out(
        &on.site,
        "ben@desk",
        &on_step(StepVerb::ResolveManually, stuck, "error"),
    )
    .await;
    let result = act(&on, server.api(), &on_step(RETRY, stuck, "error")).await;
    let ItemResult::Changed { now, .. } = result else {
        panic!("{result:?}");
    };
    assert_eq!(now, "resolved_manually");
    let version = on.named(stuck.entry).await.version.unwrap();
    let close = EntryVerb::Close(Resolution::ManuallyResolved);
    let result = act(&on, server.api(), &on_entry(close, stuck, version - 1)).await;
    assert!(matches!(result, ItemResult::Changed { .. }), "{result:?}");
    assert_eq!(server.heard(), []);
}

#[tokio::test]
async fn a_refusal_because_somebody_was_quicker_is_told_as_that() {
    let (on, stuck, server) = scene(Reply::IsTooLate(409, "{\"error\": \"too late\"}")).await;
    let result = act(&on, server.api(), &on_step(RETRY, stuck, "error")).await;
    let ItemResult::Changed { now, .. } = result else {
        panic!("{result:?}");
    };
    assert_eq!(now, "pending");
}

#[tokio::test]
async fn a_lost_answer_is_done_if_the_database_shows_it() {
    for reply in [Reply::DoesAndCuts, Reply::DoesAndFails] {
        let (on, stuck, server) = scene(reply).await;
        let result = act(&on, server.api(), &on_step(RETRY, stuck, "error")).await;
        assert_eq!(
            result,
            ItemResult::Done {
                now: "pending".into()
            }
        );
        let version = on.named(stuck.entry).await.version.unwrap();
        let close = EntryVerb::Close(Resolution::ManuallyResolved);
        let result = act(&on, server.api(), &on_entry(close, stuck, version)).await;
        let now = "manually_resolved".into();
        assert_eq!(result, ItemResult::Done { now });
        assert_eq!(server.heard().len(), 2, "each was asked for once");
    }
}

#[tokio::test]
async fn without_an_answer_the_outcome_is_unknown_and_it_is_not_asked_for_again() {
    let (on, stuck, server) = scene(Reply::Waits).await;
    let api = server.api().answering_within(Duration::from_millis(300));
    let writer = Writer::new(on.acting_by(api).await, "ana@lap".to_owned())
        .with_timeout(Duration::from_millis(900));
    let write = on_step(RETRY, stuck, "error");
    assert_eq!(finish(writer, &write).await, ItemResult::Unknown);
    assert_eq!(server.heard().len(), 1);
    assert_eq!(on.state(stuck.step).await, "error");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let (on, stuck) = Deployment::stuck().await;
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let api = Api::new(&address, Token::None).unwrap();
    let why = refused(act(&on, api, &on_step(RETRY, stuck, "error")).await);
    assert!(
        why.starts_with(&format!("{address} cannot be reached: ")),
        "{why}"
    );
}

#[tokio::test]
async fn a_token_is_not_carried_on_to_another_server() {
    let (on, stuck, server) = scene(says(307, "{\"message\": \"moved\"}")).await;
    let why = refused(act(&on, server.api(), &on_step(RETRY, stuck, "error")).await);
    assert!(why.contains("refused (307"), "{why}");
    assert_eq!(server.heard().len(), 1);
}

#[tokio::test]
async fn what_the_api_does_not_know_goes_by_sql_and_the_way_is_said() {
    let (on, stuck, server) = scene(Reply::Does).await;
    let by_api = on.acting_by(server.api()).await;
    let way = |site: &dlqtop::data::source::Site, verb| {
        let Write { change, .. } = on_step(verb, stuck, "error");
        site.source.route_note(&change).unwrap()
    };
    assert_eq!(
        way(&by_api, RETRY),
        format!("by Tasker's API at {}", server.address)
    );
    assert_eq!(
        way(&by_api, StepVerb::Cancel),
        "by SQL, as its state machine would"
    );
    assert_eq!(way(&on.site, RETRY), "by SQL, as its state machine would");
    let cancel = on_step(StepVerb::Cancel, stuck, "error");
    assert!(matches!(&cancel.change, Change::Steps(..)));
    let result = carry_out(&by_api, "ana@lap", &cancel).await;
    assert_eq!(
        result,
        ItemResult::Done {
            now: "cancelled".into()
        }
    );
    assert_eq!(server.heard(), []);
}

#[tokio::test]
async fn what_became_of_a_retry_is_not_known_where_the_api_has_sent_it() {
    let (on, stuck, server) = scene(Reply::Does).await;
    let write = on_step(RETRY, stuck, "error");
    let by_sql = why_no_outcome(&on.site.source, &write.change);
    assert_eq!(by_sql, None);
    let site = on.acting_by(server.api()).await;
    assert_eq!(
        why_no_outcome(&site.source, &write.change).as_deref(),
        Some("Tasker's API does not report the outcome of a retry")
    );
}

/// A file that nobody else can read, with this in it.
fn secret_file(folder: &tempfile::TempDir, secret: &str) -> std::path::PathBuf {
    let path = folder.path().join("key");
    fs::write(&path, secret).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

#[tokio::test]
async fn an_api_key_goes_in_its_own_header_and_is_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = secret_file(&folder, "k3y-of-ours\n");
    let body = r#"{"error": "the key k3y-of-ours has no permission steps:resolve"}"#;
    let (on, stuck, server) = scene(says(403, body)).await;
    let api = Api::new(&server.address, Token::None)
        .unwrap()
        .with_key(Token::File(path));
    assert!(!format!("{api:?}").contains("k3y"));
    let why = refused(act(&on, api, &on_step(RETRY, stuck, "error")).await);
    assert!(
        why.ends_with("(403 Forbidden): the key … has no permission steps:resolve"),
        "{why}"
    );
    let heard = server.heard();
    assert_eq!(
        (heard[0].key.as_deref(), heard[0].token.as_deref()),
        (Some("k3y-of-ours"), None)
    );
}

#[tokio::test]
async fn an_api_key_that_is_not_there_is_named_by_its_key_and_nothing_is_sent() {
    let (on, stuck, server) = scene(Reply::Does).await;
    let key = Token::Variable("DLQTOP_NO_SUCH_KEY".to_owned());
    let api = server.api().with_key(key);
    let why = refused(act(&on, api, &on_step(RETRY, stuck, "error")).await);
    assert_eq!(
        why,
        "the variable DLQTOP_NO_SUCH_KEY (api_key_env) is not set"
    );
    assert_eq!(server.heard(), []);
}

#[tokio::test]
async fn a_server_that_gave_up_waiting_has_an_unknown_outcome() {
    for status in [408, 502, 504, 524] {
        let (on, stuck, server) = scene(says(status, "too slow")).await;
        let writer = Writer::new(on.acting_by(server.api()).await, "ana@lap".to_owned())
            .with_timeout(Duration::from_millis(300));
        let write = on_step(RETRY, stuck, "error");
        let result = finish(writer, &write).await;
        assert_eq!(result, ItemResult::Unknown, "{status}");
        assert_eq!(
            server.heard().len(),
            1,
            "{status}: it is not asked for again"
        );
    }
}

#[tokio::test]
async fn what_was_done_after_the_server_gave_up_waiting_is_done() {
    let (on, stuck, server) = scene(Reply::DoesAndTimesOut).await;
    let result = act(&on, server.api(), &on_step(RETRY, stuck, "error")).await;
    let now = "pending".into();
    assert_eq!(result, ItemResult::Done { now });
    assert_eq!(server.heard().len(), 1);
}
