//! Panics: one that a call caught becomes its error, any other is told to the host as a crash.

use std::backtrace::Backtrace;
use std::cell::RefCell;
use std::io::Write;
use std::panic::{AssertUnwindSafe, PanicHookInfo};

use futures_util::FutureExt;

tokio::task_local! {
    /// Where the call that is polled panicked; set only inside [`caught`].
    static PLACE: RefCell<Option<String>>;
}

/// Runs the call `name`; a panic in it becomes a message, and other calls go on.
///
/// A task that the call spawns is not part of it, and runs its own work in here.
pub async fn caught<T>(name: &str, call: impl Future<Output = T>) -> Result<T, String> {
    let attempt = async {
        AssertUnwindSafe(call).catch_unwind().await.map_err(|payload| {
            let words = payload.downcast_ref::<&str>().copied();
            let words = words.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
            let place = PLACE.with(RefCell::take).unwrap_or_else(|| "an unknown place".to_owned());
            format!("{name} panicked at {place}: {words}")
        })
    };
    PLACE.scope(RefCell::default(), attempt).await
}

/// Replaces the standard report of a panic.
///
/// The host takes a line that starts with `panic: ` for a crash of the whole provider and shows what follows, so a
/// caught panic goes to the log instead.
pub(super) fn install_hook() {
    std::panic::set_hook(Box::new(|info| {
        if PLACE.try_with(|place| place.replace(info.location().map(ToString::to_string))).is_ok() {
            tracing::error!(backtrace = %Backtrace::force_capture(), "{info}");
        } else {
            // The process may be about to end; there is nobody else to tell.
            std::io::stderr().write_all(report(info).as_bytes()).ok();
        }
    }));
}

fn report(info: &PanicHookInfo<'_>) -> String {
    format!("panic: {info}\n\n{}\n", Backtrace::force_capture())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_a_message_and_the_next_call_goes_on() {
        let failure = caught("ReadResource", async { panic!("no luck with {}", 7) }).await;
        let message: String = failure.map(|(): ()| ()).expect_err("it panicked");
        assert!(message.starts_with("ReadResource panicked at "), "{message}");
        assert!(message.ends_with(": no luck with 7"), "{message}");
        assert_eq!(caught("ReadResource", async { 5 }).await, Ok(5));
    }
}
