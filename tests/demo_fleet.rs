//! x
use sqlx::PgPool;
#[tokio::test]
async fn t() {
    let pool = PgPool::connect("postgres://dlqtop@localhost/f?host=/tmp/pgs").await.unwrap();
    let t = std::time::Instant::now();
    dlqtop::demo::prepare(&pool, 7).await.unwrap();
    eprintln!("populate {:?}", t.elapsed());
}
