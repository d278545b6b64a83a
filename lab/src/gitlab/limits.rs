//! The rate limit and its headers (`doc/administration/settings/user_and_ip_rate_limits.md`, "Response headers").

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

use crate::http::call::Answer;

/// How many requests a window has.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// Requests per window.
    pub requests: u32,
    /// Length of the window.
    pub window: Duration,
    /// Whether more requests are refused, or only counted.
    pub enforced: bool,
}

/// The window that is running.
#[derive(Debug)]
pub struct Window {
    started: Instant,
    observed: u32,
}

impl Default for Limit {
    fn default() -> Self {
        Self { requests: 2000, window: Duration::from_secs(60), enforced: false }
    }
}

impl Default for Window {
    fn default() -> Self {
        Self { started: Instant::now(), observed: 0 }
    }
}

impl Window {
    /// Counts a request; `Err` is the refusal if there were too many.
    ///
    /// GitLab refuses with 429, the plain text `Retry later` and `Retry-After` in seconds.
    pub fn admit(&mut self, limit: &Limit) -> Result<(), Answer> {
        if self.started.elapsed() >= limit.window {
            *self = Self::default();
        }
        self.observed += 1;
        if !limit.enforced || self.observed <= limit.requests {
            return Ok(());
        }
        let wait = self.left(limit).as_secs_f64().ceil();
        Err(Answer::text(429, "Retry later\n").with_header("Retry-After", &format!("{wait}")))
    }

    /// Adds the headers that every answer has.
    pub fn describe(&self, limit: &Limit, answer: Answer) -> Answer {
        let reset = SystemTime::now() + self.left(limit);
        let seconds = reset.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        answer
            .with_header("RateLimit-Limit", &limit.requests.to_string())
            .with_header("RateLimit-Name", "throttle_authenticated_api")
            .with_header("RateLimit-Observed", &self.observed.to_string())
            .with_header("RateLimit-Remaining", &limit.requests.saturating_sub(self.observed).to_string())
            .with_header("RateLimit-Reset", &seconds.to_string())
            .with_header("RateLimit-ResetTime", &http_date(reset.into()))
    }

    fn left(&self, limit: &Limit) -> Duration {
        limit.window.saturating_sub(self.started.elapsed())
    }
}

fn http_date(at: OffsetDateTime) -> String {
    let day = at.weekday().to_string();
    let month = at.month().to_string();
    format!(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
        &day[..3],
        at.day(),
        &month[..3],
        at.year(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_http() {
        let at = OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap();
        assert_eq!(http_date(at), "Tue, 14 Nov 2023 22:13:20 GMT");
    }

    #[test]
    fn the_request_over_the_limit_is_refused() {
        let limit = Limit { requests: 1, window: Duration::from_secs(60), enforced: true };
        let mut window = Window::default();
        assert!(window.admit(&limit).is_ok());
        let refusal = window.admit(&limit).unwrap_err();
        assert_eq!(refusal.status, 429);
        assert!(refusal.headers.contains(&("Retry-After".to_owned(), "60".to_owned())));
    }
}
