//! Logs as the host wants them: one JSON object per line of standard error, in hclog's words.

use std::error::Error;
use std::fmt::{Debug, Write as _};
use std::io::Write as _;

use serde_json::{Map, Value};
use time::OffsetDateTime;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};

/// The host splits a line that is longer, and takes the pieces for plain text.
const LONGEST_LINE: usize = 64 << 10;

/// So much of a message always fits: JSON takes six bytes for a byte at worst.
const LONGEST_MESSAGE: usize = 8 << 10;

/// Writes the events of `crates` and of this crate to standard error, down to `level`; nothing is installed for OFF.
pub(super) fn install(level: LevelFilter, crates: &'static [&'static str]) {
    if level == LevelFilter::OFF {
        return;
    }
    let write = |line: &[u8]| {
        // There is no place to complain about a log that cannot be written.
        std::io::stderr().lock().write_all(line).ok();
    };
    let subscriber = Registry::default().with(Hclog { level, crates, write });
    if tracing::subscriber::set_global_default(subscriber).is_err() {
        tracing::debug!("somebody else collects the events of this process");
    }
}

struct Hclog<W> {
    level: LevelFilter,
    crates: &'static [&'static str],
    /// Takes one line.
    write: W,
}

impl<W> Hclog<W> {
    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        let origin = metadata.target().split("::").next().unwrap_or_default();
        *metadata.level() <= self.level && (origin == env!("CARGO_PKG_NAME") || self.crates.contains(&origin))
    }
}

impl<S, W> Layer<S> for Hclog<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Fn(&[u8]) + 'static,
{
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.wants(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.wants(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(outer) = span.extensions().get::<Fields>() {
                fields.0.extend(outer.0.iter().map(|(name, value)| (name.clone(), value.clone())));
            }
        }
        event.record(&mut fields);
        (self.write)(&line(event.metadata(), fields.0, OffsetDateTime::now_utc()));
    }
}

fn line(metadata: &Metadata<'_>, mut fields: Map<String, Value>, now: OffsetDateTime) -> Vec<u8> {
    let mut message = match fields.remove("message") {
        Some(Value::String(message)) => message,
        _ => String::new(),
    };
    let line = encode(metadata, &message, fields, now);
    if line.len() <= LONGEST_LINE {
        return line;
    }
    message.truncate(message.floor_char_boundary(LONGEST_MESSAGE));
    let note = Map::from_iter([("truncated".to_owned(), Value::from(line.len()))]);
    encode(metadata, &message, note, now)
}

/// The host casts the words with an `@` to strings without a look, and panics where they are none.
fn encode(metadata: &Metadata<'_>, message: &str, mut fields: Map<String, Value>, now: OffsetDateTime) -> Vec<u8> {
    fields.insert("@level".to_owned(), level(*metadata.level()).into());
    fields.insert("@message".to_owned(), message.into());
    fields.insert("@module".to_owned(), metadata.target().into());
    fields.insert("@timestamp".to_owned(), timestamp(now).into());
    let mut line = serde_json::to_vec(&fields).expect("an object with names for keys is JSON");
    line.push(b'\n');
    line
}

fn level(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

/// The host parses this layout only: six digits of a second, always.
fn timestamp(now: OffsetDateTime) -> String {
    let (date, clock) = (now.date(), now.time());
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    let (hour, minute, second, micros) = (clock.hour(), clock.minute(), clock.second(), clock.microsecond());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
}

/// The fields of an event or of a span.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn set(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.set(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut text = value.to_string();
        let mut source = value.source();
        while let Some(cause) = source {
            write!(text, ": {cause}").expect("a string takes every text");
            source = cause.source();
        }
        self.set(field, text);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// The lines that `scene` logs down to `level`.
    fn lines(level: LevelFilter, scene: impl FnOnce()) -> Vec<Map<String, Value>> {
        let written = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&written);
        let write = move |line: &[u8]| sink.lock().expect("no panic").push(line.to_vec());
        let subscriber = Registry::default().with(Hclog { level, crates: &["substrate"], write });
        tracing::subscriber::with_default(subscriber, scene);
        let written = written.lock().expect("no panic");
        written.iter().map(|line| read(line)).collect()
    }

    fn read(line: &[u8]) -> Map<String, Value> {
        let (last, object) = line.split_last().expect("a line");
        assert_eq!(*last, b'\n');
        assert!(line.len() <= LONGEST_LINE, "{} bytes", line.len());
        assert!(!object.contains(&b'\n'), "one line");
        serde_json::from_slice(object).expect("an object")
    }

    #[test]
    fn a_line_holds_the_event_and_its_spans() {
        let lines = lines(LevelFilter::DEBUG, || {
            let span = tracing::info_span!("call", rpc = "ReadResource", objects = tracing::field::Empty);
            span.record("objects", 3);
            let _inside = span.entered();
            let error = std::io::Error::other("the disk\nis full");
            tracing::debug!(attempt = 2_u64, ratio = 0.5, last = true, error = &error as &dyn Error, "again: {}", "x");
        });
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!(line["@level"], "debug");
        assert_eq!(line["@message"], "again: x");
        assert_eq!(line["@module"], module_path!());
        assert_eq!((&line["rpc"], &line["objects"]), (&"ReadResource".into(), &3.into()));
        assert_eq!((&line["attempt"], &line["ratio"], &line["last"]), (&2.into(), &0.5.into(), &true.into()));
        assert_eq!(line["error"], "the disk\nis full");
        assert_eq!(line.len(), 10, "{line:?}");
    }

    #[test]
    fn only_what_is_wanted_is_formatted() {
        struct Costly;
        impl Debug for Costly {
            fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                panic!("nobody asked")
            }
        }
        let lines = lines(LevelFilter::WARN, || {
            tracing::info!(value = ?Costly, "too quiet");
            tracing::error!(target: "h2::frame", value = ?Costly, "another crate");
            tracing::error!(target: "substrates", value = ?Costly, "another crate");
            tracing::error!(target: "substrate::gitlab", "ours");
            tracing::warn!("ours");
        });
        assert_eq!(lines.iter().map(|line| &line["@message"]).collect::<Vec<_>>(), ["ours", "ours"]);
        assert_eq!(lines[0]["@module"], "substrate::gitlab");
    }

    #[test]
    fn a_line_has_its_limit() {
        let lines = lines(LevelFilter::INFO, || {
            tracing::info!(body = "x".repeat(70_000), "short");
            tracing::info!("{}", "\u{1}\u{e9}".repeat(50_000));
        });
        assert_eq!(lines[0]["@message"], "short");
        assert!(lines.iter().all(|line| line.contains_key("truncated")));
        assert!(lines[1]["@message"].as_str().expect("text").len() > LONGEST_MESSAGE - 4);
    }

    #[test]
    fn the_timestamp_has_six_digits_always() {
        let at = |nanos| OffsetDateTime::from_unix_timestamp_nanos(nanos).expect("in range");
        assert_eq!(timestamp(at(0)), "1970-01-01T00:00:00.000000Z");
        assert_eq!(timestamp(at(1_795_214_366_567_000_999)), "2026-11-20T22:39:26.567000Z");
    }
}
