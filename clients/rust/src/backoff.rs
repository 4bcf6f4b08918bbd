use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
pub(crate) const LONGEST: Duration = Duration::from_secs(2);

/// Doubles from 0.1 s to 2 s; half of it by chance, so that clients do not come back all at once.
pub(crate) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub fn new() -> Self {
        Self { next: FIRST }
    }

    /// Starts over: a connection has proved itself.
    pub fn reset(&mut self) {
        self.next = FIRST;
    }

    pub fn delay(&mut self) -> Duration {
        let longest = self.next;
        self.next = (longest * 2).min(LONGEST);
        jittered(longest)
    }
}

/// Between half of a time and all of it.
pub(crate) fn jittered(longest: Duration) -> Duration {
    longest.mul_f64(0.5 + fastrand::f64() / 2.0)
}
