//! Captures what is logged on this thread, at every level.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Metadata, Subscriber};

pub(super) struct Log {
    lines: Arc<Lines>,
    _guard: DefaultGuard,
}

#[derive(Default)]
struct Lines {
    text: Mutex<String>,
    written: Notify,
}

impl Log {
    /// Captures until it is dropped.
    pub(super) fn capture() -> Self {
        let lines = Arc::new(Lines::default());
        let guard = tracing::subscriber::set_default(Capture(lines.clone()));
        Log { lines, _guard: guard }
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

struct Capture(Arc<Lines>);

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
        let mut text = self.0.text.lock().unwrap();
        write!(text, "{}", event.metadata().level()).unwrap();
        event.record(&mut Line(&mut text));
        text.push('\n');
        self.0.written.notify_one();
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
