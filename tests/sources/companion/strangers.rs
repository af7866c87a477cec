//! A stranger's database: installing, using and removing the companion schema leave it as it was.

use support::stranger::{contents, foreign, move_in};

use super::scene::{NOTE, OWN, SNOOZE, Shop, on};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_stranger_is_changed_by_installing_acting_and_removing() {
    let shop = Shop::with(3).await;
    move_in(&shop.db).await;
    shop.role("shop_night", "").await;
    let (before, rows) = (foreign(&shop.db).await, contents(&shop.db).await);
    assert!(before.count() > 1_000, "{}", before.count());

    shop.asked(&["install", "--yes", "--grant", "shop_night"])
        .expect_answer();
    assert!(shop.things("dlqtop").await >= 6);
    assert_eq!(
        before.changes(&foreign(&shop.db).await),
        Vec::<String>::new()
    );
    for write in [on(1, OWN), on(2, SNOOZE), on(3, NOTE)] {
        shop.act("ana", &write).await;
    }
    for _ in 0..5 {
        shop.asked(&["queue"]).expect_answer();
    }
    shop.asked(&["uninstall", "--yes"]).expect_answer();
    assert_eq!(
        before.changes(&foreign(&shop.db).await),
        Vec::<String>::new()
    );
    assert_eq!(contents(&shop.db).await, rows);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_gives_nothing_on_what_others_have_put_there() {
    let shop = Shop::furnished(1).await;
    shop.role("shop_guest_here", "").await;
    shop.db
        .run("create table dlqtop.payroll (amount int)")
        .await;
    shop.asked(&["install", "--yes", "--grant", "shop_guest_here"])
        .expect_answer();
    let may = |table: &str| {
        format!("select has_table_privilege('shop_guest_here', 'dlqtop.{table}', 'select')")
    };
    assert!(shop.db.one::<bool>(&may("notes")).await);
    assert!(!shop.db.one::<bool>(&may("payroll")).await);
    // And nothing of theirs is removed.
    let refused = shop.asked(&["uninstall", "--yes"]);
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert!(refused.stderr.contains("payroll"), "{refused:?}");
    assert!(
        shop.db
            .one::<bool>("select to_regclass('dlqtop.payroll') is not null")
            .await
    );
}
