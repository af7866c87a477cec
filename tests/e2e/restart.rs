//! The database goes away under an open dashboard, and comes back.

use dlqtop::data::native::migrate;
use dlqtop::data::private_postgres::PrivatePostgres;
use dlqtop::demo;
use sqlx::{ConnectOptions as _, Connection as _, PgPool};
use support::pseudo_terminal::PseudoTerminal;
use support::screens::{LARGE, ROOT};

/// A server of this test's own, with the demo's history.
async fn server() -> PrivatePostgres {
    let server = PrivatePostgres::start(support::server::options())
        .await
        .unwrap();
    let options = server.connect_options("postgres");
    let mut db = options.connect().await.unwrap();
    migrate::apply(&mut db).await.unwrap();
    db.close().await.unwrap();
    let pool = PgPool::connect_with(options).await.unwrap();
    demo::prepare(&pool, 3).await.unwrap();
    pool.close().await;
    server
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_dashboard_survives_a_crash_of_the_database_with_its_rows() {
    let mut server = server().await;
    let url = server.url("postgres");
    let mut screen = PseudoTerminal::dlqtop(&["--database-url", &url, "--no-detect"], LARGE);
    screen.wait_for("· db ");
    let wall = PseudoTerminal::dlqtop(&["watch", "--database-url", &url], LARGE);
    wall.wait_for("DLQ PENDING");
    let rows = |screen: &str| screen.matches("capture_payment").count();
    // The last line of the screen is the last to be drawn.
    let before = rows(&screen.wait_for(ROOT));
    assert!(before > 0);

    server.stop_server().await.unwrap();
    screen.wait("lost connection above all rows", |screen| {
        screen.contains("NOT CONNECTED")
            && screen.contains("2 Queue · 55 of 55")
            && rows(screen) == before
    });
    wall.wait("lost connection above the figures", |wall| {
        wall.contains("NOT CONNECTED for ") && wall.contains("DLQ PENDING")
    });
    // It still listens.
    screen.type_keys("e");
    screen.wait("one pane over the whole screen", |screen| {
        screen.contains("NOT CONNECTED") && !screen.contains("2 Queue")
    });
    screen.type_keys("e");
    screen.wait("all panes", |screen| {
        screen.contains("NOT CONNECTED") && screen.contains("2 Queue · 55 of 55")
    });

    server.start_server().await.unwrap();
    screen.wait("connection", |screen| {
        !screen.contains("NOT CONNECTED")
            && screen.contains("· db ")
            && screen.contains("2 Queue · 55 of 55")
    });
    wall.wait("connection", |wall| !wall.contains("NOT CONNECTED"));
    for mut screen in [screen, wall] {
        assert!(!screen.has_ended());
        screen.type_keys("q");
        assert_eq!(screen.exit_code(), 0);
        assert!(screen.is_restored());
    }
    server.stop().await.unwrap();
}
