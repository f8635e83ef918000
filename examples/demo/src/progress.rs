//! What is it doing all this time?

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::paint::tame;

/// One line on a terminal's stderr, once the work has taken longer than two seconds.
pub(crate) struct Progress {
    began: Instant,
    of: usize,
    at: usize,
    is_shown: bool,
}

impl Progress {
    pub(crate) fn new(of: usize) -> Self {
        Self { began: Instant::now(), of, at: 0, is_shown: false }
    }

    /// The next partition begins.
    pub(crate) fn at(&mut self, name: &str) {
        self.at += 1;
        if self.began.elapsed() > Duration::from_secs(2) && io::stderr().is_terminal() {
            // A terminal that is gone is no reason to stop the work.
            let _ = write!(io::stderr(), "\r\x1b[K{}/{} {} …", self.at, self.of, tame(name));
            self.is_shown = true;
        }
    }

    /// The line goes away before anything else is written.
    pub(crate) fn clear(&mut self) {
        if self.is_shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
            self.is_shown = false;
        }
    }
}
