//! Probes of the sentences: what each error says, written to a sink that may be full, and the names
//! of snapshot files.

use core::fmt::{self, Display, Write};

use fencepost::snapshot::files;

use crate::any;

/// Takes so many bytes of text, then no more.
struct Sink {
    room: usize,
}

impl Write for Sink {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let text = core::hint::black_box(text);
        self.room = self.room.checked_sub(text.len()).ok_or(fmt::Error)?;
        Ok(())
    }
}

pub(crate) fn say(what: impl Display) {
    write!(Sink { room: any(300) }, "{what}").ok();
}

/// Says the error, if it is one.
pub(crate) fn told<T>(result: Result<T, impl Display>) -> Option<T> {
    core::hint::black_box(result).map_err(say).ok()
}

pub(crate) fn reach() {
    say(files::name(any(7)));
    say(files::BadName);
}
