//! Captures what is logged on a test's thread, at every level.

use std::cell::RefCell;
use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, Once};

use tokio::sync::Notify;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

thread_local! {
    static LINES: RefCell<Arc<Lines>> = RefCell::default();
}

/// What is logged on this thread from its creation on.
pub(super) struct Log {
    lines: Arc<Lines>,
}

#[derive(Default)]
struct Lines {
    text: Mutex<String>,
    written: Notify,
}

/// Installs the capture for the process: a subscriber of one thread can miss an event that another thread logs first
/// while it is being installed.
pub(super) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| tracing::subscriber::set_global_default(Capture).unwrap());
}

impl Log {
    /// Begins to capture.
    pub(super) fn capture() -> Self {
        install();
        let lines = Arc::new(Lines::default());
        LINES.set(lines.clone());
        Log { lines }
    }

    /// What was logged so far.
    pub(super) fn text(&self) -> String {
        self.lines.text.lock().unwrap().clone()
    }

    /// Waits until this was logged.
    pub(super) async fn contains(&self, part: &str) {
        while !self.text().contains(part) {
            self.lines.written.notified().await;
        }
    }
}

struct Capture;

impl Subscriber for Capture {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("provider")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let lines = LINES.with_borrow(Arc::clone);
        let mut text = lines.text.lock().unwrap();
        write!(text, "{}", event.metadata().level()).unwrap();
        event.record(&mut Line(&mut text));
        text.push('\n');
        lines.written.notify_one();
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line<'t>(&'t mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}
