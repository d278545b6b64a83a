//! Ports for what a test binds itself: below those that the system gives to connections, and each only once.

use std::net::TcpListener;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// From 15,000 on, 12,000 of them; Linux gives 32,768 and above to connections.
const FIRST: u32 = 15_000;
const COUNT: u32 = 12_000;

static TAKEN: AtomicU32 = AtomicU32::new(0);

/// A port of the loopback address that nobody listens on.
///
/// # Panics
///
/// There is none.
#[must_use]
pub fn free() -> u16 {
    // Tests run in several processes at once, which begin at different places.
    let start = process::id().wrapping_mul(37);
    for _ in 0..COUNT {
        let next = FIRST + start.wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed)) % COUNT;
        let port = u16::try_from(next).expect("the range ends below 65,536");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("{COUNT} ports are occupied");
}
