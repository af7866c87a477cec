//! What both benches stand on: a server of their own, the rows, clocks and the report.

pub mod facts;
pub mod measure;
pub mod plans;
pub mod report;
pub mod seed;
pub mod server;

/// One statement or script of `benches/sql`.
macro_rules! sql {
    ($name:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/benches/sql/",
            $name,
            ".sql"
        ))
    };
}
pub(crate) use sql;

/// Runs `bench` to its end on a runtime of its own.
pub fn block_on(bench: impl Future<Output = color_eyre::Result<()>>) -> color_eyre::Result<()> {
    color_eyre::install()?;
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(bench)
}

/// How often each side is timed; the medians count. `ROUNDS` overrides what a bench thinks right.
pub fn rounds(usual: usize) -> usize {
    std::env::var("ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .filter(|rounds| *rounds > 0)
        .unwrap_or(usual)
}
