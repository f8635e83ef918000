//! When are there colours, and which? And what keeps a name from painting?

use std::fmt;
use std::io::IsTerminal;

/// Whether to paint. Colours only say again what the words say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint(bool);

/// A word that may be painted; width and alignment apply to the word alone.
pub(crate) struct Painted<T> {
    text: T,
    code: Option<&'static str>,
}

impl Paint {
    pub(crate) const PLAIN: Self = Self(false);

    /// Colours on a terminal, unless `NO_COLOR` is set or the terminal is a dumb one.
    pub(crate) fn for_stdout() -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self(std::io::stdout().is_terminal() && !refused && !dumb)
    }

    fn with<T>(self, code: &'static str, text: T) -> Painted<T> {
        Painted { text, code: self.0.then_some(code) }
    }

    pub(crate) fn title<T>(self, text: T) -> Painted<T> {
        self.with("1", text)
    }

    pub(crate) fn good<T>(self, text: T) -> Painted<T> {
        self.with("32", text)
    }

    pub(crate) fn bad<T>(self, text: T) -> Painted<T> {
        self.with("1;31", text)
    }

    pub(crate) fn note<T>(self, text: T) -> Painted<T> {
        self.with("33", text)
    }

    pub(crate) fn dim<T>(self, text: T) -> Painted<T> {
        self.with("2", text)
    }
}

/// Text that came from outside, with control characters written out: a folder may be called
/// anything, and a terminal obeys.
pub(crate) fn tame(text: impl fmt::Display) -> String {
    let mut tame = String::new();
    for char in text.to_string().chars() {
        match char.is_control() {
            true => tame.extend(char.escape_default()),
            false => tame.push(char),
        }
    }
    tame
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(code) = self.code else { return self.text.fmt(f) };
        write!(f, "\x1b[{code}m")?;
        self.text.fmt(f)?;
        f.write_str("\x1b[0m")
    }
}
