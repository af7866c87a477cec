//! Chances that can be had again.

use fastrand::Rng;

/// Chances of a test. The seed is printed; `DLQTOP_SEED` sets another.
pub fn chances(of: &str) -> Rng {
    let seed = std::env::var("DLQTOP_SEED").map_or(5, |seed| seed.parse().unwrap());
    eprintln!("{of}: DLQTOP_SEED={seed}");
    Rng::with_seed(seed)
}
