//! How does Java read a value?

use core::fmt::{self, Write};

use super::error::Rule;
use super::setting::Kind;

/// A value as it was given: text of a file, an object of a program, or null.
///
/// [`ProducerSettings`](super::ProducerSettings) knows the fourth case, that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Value<'a> {
    /// The key is there, without a value.
    Null,
    /// Text.
    Text(&'a str),
    /// A boolean object.
    Bool(bool),
    /// A 32-bit integer object.
    Int(i32),
    /// A 64-bit integer object.
    Long(i64),
    /// An object of another class: none of these settings takes one.
    Other,
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i32> for Value<'_> {
    fn from(value: i32) -> Self {
        Self::Int(value)
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Long(value)
    }
}

impl From<Acks> for Value<'_> {
    fn from(acks: Acks) -> Self {
        Self::Text(acks.name())
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Text(text) => quote(text, f),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Long(value) => write!(f, "{value} (64 bits)"),
            Self::Other => f.write_str("an object"),
        }
    }
}

/// In quotes, so that what is empty or blank is seen; what is neither a letter, a digit nor of
/// ASCII, so that what can't be seen is. The library's own `Debug` of text has panic paths.
fn quote(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            ' ' => f.write_char(c)?,
            c if c.is_ascii_graphic() || c.is_alphanumeric() => f.write_char(c)?,
            c => write!(f, "{}", c.escape_default())?,
        }
    }
    f.write_char('"')
}

/// Whose acknowledgement counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Acks {
    /// `0`: nobody's; the broker does not answer.
    Zero,
    /// `1`: the leader's alone.
    One,
    /// `all` or `-1`: all in-sync replicas'.
    All,
}

impl Acks {
    /// The number on the wire: 0, 1 or -1.
    #[must_use]
    pub const fn get(self) -> i16 {
        match self {
            Self::Zero => 0,
            Self::One => 1,
            Self::All => -1,
        }
    }

    /// `0`, `1` or `all`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Zero => "0",
            Self::One => "1",
            Self::All => "all",
        }
    }
}

impl fmt::Display for Acks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Java's grammar of values, as total functions of text (config spec 1). Each trims first.
pub mod java {
    use super::Acks;

    /// Without the characters up to U+0020 at both ends. U+00A0 stays, as `String.trim` leaves it.
    #[must_use]
    pub fn trim(text: &str) -> &str {
        text.trim_matches(|c| c <= ' ')
    }

    /// `true` or `false` in any letter case, or `None`.
    ///
    /// The long s (U+017F) is an s, as `equalsIgnoreCase` has it.
    #[must_use]
    pub fn boolean(text: &str) -> Option<bool> {
        let is = |word: &str| {
            let folded = trim(text).chars().map(|c| if c == '\u{17f}' { 's' } else { c });
            folded.map(|c| c.to_ascii_lowercase()).eq(word.chars())
        };
        if is("true") { Some(true) } else { is("false").then_some(false) }
    }

    /// A sign or none, then decimal digits, within 32 bits; or `None`.
    #[must_use]
    pub fn int(text: &str) -> Option<i32> {
        long(text).and_then(|number| i32::try_from(number).ok())
    }

    /// A sign or none, then decimal digits, within 64 bits; or `None`. Any number of zeros may
    /// stand in front.
    ///
    /// Digits are those of any script that fit into one UTF-16 unit, as `Character.digit` has it.
    #[must_use]
    pub fn long(text: &str) -> Option<i64> {
        let text = trim(text);
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if digits.is_empty() {
            return None;
        }
        // Below zero, because there is one number more.
        let number = digits.chars().try_fold(0_i64, |number, c| {
            number.checked_mul(10)?.checked_sub(i64::from(digit(c)?))
        })?;
        if negative { Some(number) } else { number.checked_neg() }
    }

    /// `all`, `-1`, `0` or `1`, exactly so; or `None`.
    #[must_use]
    pub fn acks(text: &str) -> Option<Acks> {
        match trim(text) {
            "all" | "-1" => Some(Acks::All),
            "0" => Some(Acks::Zero),
            "1" => Some(Acks::One),
            _ => None,
        }
    }

    fn digit(c: char) -> Option<u32> {
        c.to_digit(10).or_else(|| {
            ZEROS.iter().find_map(|zero| {
                u32::from(c).checked_sub(u32::from(*zero)).filter(|digit| *digit < 10)
            })
        })
    }

    /// The zeros after ASCII's that Java 17 to 25 know of, up to U+FFFF; nine digits follow each.
    const ZEROS: [char; 36] = [
        '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}',
        '\u{be6}', '\u{c66}', '\u{ce6}', '\u{d66}', '\u{de6}', '\u{e50}', '\u{ed0}', '\u{f20}',
        '\u{1040}', '\u{1090}', '\u{17e0}', '\u{1810}', '\u{1946}', '\u{19d0}', '\u{1a80}',
        '\u{1a90}', '\u{1b50}', '\u{1bb0}', '\u{1c40}', '\u{1c50}', '\u{a620}', '\u{a8d0}',
        '\u{a900}', '\u{a9d0}', '\u{a9f0}', '\u{aa50}', '\u{abf0}', '\u{ff10}',
    ];
}

/// A value that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parsed<'a> {
    Null,
    Bool(bool),
    Number(i64),
    Text(&'a str),
}

/// What Kafka makes of a value before it looks at any other setting.
pub(super) fn parse<'a>(kind: Kind, value: Value<'a>) -> Result<Parsed<'a>, Rule> {
    match kind {
        Kind::Boolean => match value {
            Value::Null => Ok(Parsed::Null),
            Value::Bool(value) => Ok(Parsed::Bool(value)),
            Value::Text(text) => java::boolean(text).map(Parsed::Bool).ok_or(Rule::Boolean),
            _ => Err(Rule::Boolean),
        },
        Kind::Int(least) => {
            let number = match value {
                Value::Null if least.is_none() => return Ok(Parsed::Null),
                Value::Null => return Err(Rule::NotNull),
                Value::Int(number) => Some(number),
                Value::Text(text) => java::int(text),
                _ => None,
            };
            at_least(least.map(i64::from), i64::from(number.ok_or(Rule::Int)?))
        }
        Kind::Long(least) => {
            let number = match value {
                Value::Null => return Err(Rule::NotNull),
                Value::Int(number) => Some(i64::from(number)),
                Value::Long(number) => Some(number),
                Value::Text(text) => java::long(text),
                _ => None,
            };
            at_least(Some(least), number.ok_or(Rule::Long)?)
        }
        Kind::Text | Kind::Name | Kind::Word(_) => text(kind, value),
    }
}

fn at_least<'a>(least: Option<i64>, number: i64) -> Result<Parsed<'a>, Rule> {
    match least {
        Some(least) if number < least => Err(Rule::AtLeast { least }),
        _ => Ok(Parsed::Number(number)),
    }
}

fn text<'a>(kind: Kind, value: Value<'a>) -> Result<Parsed<'a>, Rule> {
    let text = match value {
        Value::Null => None,
        Value::Text(text) => Some(java::trim(text)),
        _ => return Err(Rule::Text),
    };
    match (kind, text) {
        (Kind::Word(words), text) => match text {
            Some(word) if words.contains(&word) => Ok(Parsed::Text(word)),
            _ => Err(Rule::OneOf { words }),
        },
        (Kind::Name, Some("")) => Err(Rule::NotEmpty),
        (_, Some(text)) => Ok(Parsed::Text(text)),
        (_, None) => Ok(Parsed::Null),
    }
}
