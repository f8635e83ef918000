//! What was said, and what was not?

use super::setting::Setting;
use super::value::Value;

const SETTINGS: usize = Setting::ALL.len();

/// The producer settings that were given, each not set or set to a [`Value`]; null is a value
/// (config spec 1).
///
/// Whether a setting is there matters by itself: `enable.idempotence=true` is the default and yet
/// turns a conflict from a log line into an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProducerSettings<'a> {
    given: [Option<Value<'a>>; SETTINGS],
}

impl<'a> ProducerSettings<'a> {
    /// Nothing set.
    #[must_use]
    pub const fn new() -> Self {
        Self { given: [None; SETTINGS] }
    }

    /// With this setting set; the last of several wins.
    #[must_use]
    pub fn with(mut self, setting: Setting, value: impl Into<Value<'a>>) -> Self {
        self.put(setting, Some(value.into()));
        self
    }

    /// Sets a setting, or takes it away.
    pub fn put(&mut self, setting: Setting, value: Option<Value<'a>>) {
        for (known, given) in Setting::ALL.iter().zip(&mut self.given) {
            if *known == setting {
                *given = value;
            }
        }
    }

    /// The value given, `None` if the setting is not set.
    #[must_use]
    pub fn get(&self, setting: Setting) -> Option<Value<'a>> {
        let mut both = Setting::ALL.iter().zip(&self.given);
        both.find(|(known, _)| **known == setting).and_then(|(_, given)| *given)
    }

    /// Whether the setting is there, whatever its value.
    #[must_use]
    pub fn is_set(&self, setting: Setting) -> bool {
        self.get(setting).is_some()
    }
}
