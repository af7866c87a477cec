//! Whose jobs a session sees, and changes.

use super::*;

#[tokio::test]
async fn a_session_sees_its_tenant_s_jobs_and_those_of_nobody_and_says_so() {
    let jobs = Jobs::given(of_tenant(MINE)).await;
    for tenant in [&format!("'{MINE}'"), &format!("'{THEIRS}'"), "null"] {
        jobs.job("tenant_id", tenant).await;
    }
    let all = jobs.session().await.scope.unwrap();
    assert_eq!((all.seeing.as_str(), all.may_hide), ("all tenants", false));
    assert_eq!(jobs.counts().await.pending, 3);

    let jobs = jobs.seen_by_role("select", of_tenant(MINE)).await;
    let scope = jobs.session().await.scope.unwrap();
    assert_eq!(scope.seeing.as_str(), format!("tenant {MINE}"));
    assert!(scope.may_hide);
    assert_eq!(jobs.counts().await.pending, 2);
    let stats = jobs.stats().await;
    assert_eq!(stats.reasons[0].pending, 2, "{:?}", stats.reasons);
    assert_eq!(stats.namespaces[0].pending, 2, "{:?}", stats.namespaces);
    assert_eq!(jobs.fleet().await.queues[0].failed, 2);
    let open = jobs.open().await;
    assert_eq!(open.len(), 2);
    let hints = jobs.detail(open[0].task_uuid.0).await.hints;
    let said = hints.iter().any(|hint| hint.text.as_str().contains(MINE));
    assert!(said, "nothing says that others may be hidden: {hints:?}");
}

#[tokio::test]
async fn without_a_tenant_only_the_jobs_of_nobody_are_seen() {
    let jobs = Jobs::new().await;
    jobs.job("tenant_id", &format!("'{MINE}'")).await;
    let nobodys = jobs.job("tenant_id", "null").await;
    let jobs = jobs.seen_by_role("select", Given::default()).await;
    let scope = jobs.session().await.scope.unwrap();
    assert_eq!((scope.seeing.as_str(), scope.may_hide), ("no tenant", true));
    let seen: Vec<Uuid> = (jobs.open().await.iter())
        .map(|row| row.task_uuid.0)
        .collect();
    assert_eq!(seen, [nobodys]);
}

#[tokio::test]
async fn what_is_hidden_cannot_be_changed_either() {
    let jobs = Jobs::new().await;
    let theirs = jobs.job("tenant_id", &format!("'{THEIRS}'")).await;
    let seen = jobs.row(theirs).await.version;
    let jobs = jobs.seen_by_role("update", of_tenant(MINE)).await;
    assert!(jobs.session().await.may_act);
    for verb in [OWN, RESOLVE, EntryVerb::Note] {
        let result = jobs.act("ana", verb, (theirs, seen)).await;
        let done = matches!(result, ItemResult::Done { .. });
        assert!(!done, "{verb:?}: {result:?}");
    }
    assert_eq!(jobs.status(theirs).await, "pending");
}
