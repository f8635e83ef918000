//! How is one JSON object read so that nothing in it goes unnoticed?

use std::any::type_name;

use serde_json::{Map, Value};

/// The fields of an object that have not been read yet.
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    pub(crate) fn new(value: Value) -> Result<Self, String> {
        match value {
            Value::Object(map) => Ok(Self(map)),
            other => Err(format!("want an object, got {other}")),
        }
    }

    pub(crate) fn optional(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    pub(crate) fn required(&mut self, name: &str) -> Result<Value, String> {
        self.optional(name).ok_or_else(|| format!("missing field `{name}`"))
    }

    pub(crate) fn int<T: TryFrom<i64>>(&mut self, name: &str) -> Result<T, String> {
        int(&self.required(name)?, name)
    }

    pub(crate) fn optional_int<T: TryFrom<i64>>(
        &mut self,
        name: &str,
    ) -> Result<Option<T>, String> {
        self.optional(name).map(|value| int(&value, name)).transpose()
    }

    /// A 0 or 1 that may be left out.
    pub(crate) fn flag(&mut self, name: &str) -> Result<bool, String> {
        match self.optional_int::<i64>(name)? {
            None | Some(0) => Ok(false),
            Some(1) => Ok(true),
            Some(other) => Err(format!("field `{name}`: want 0 or 1, got {other}")),
        }
    }

    pub(crate) fn text(&mut self, name: &str) -> Result<String, String> {
        text(self.required(name)?, name)
    }

    pub(crate) fn optional_text(&mut self, name: &str) -> Result<Option<String>, String> {
        self.optional(name).map(|value| text(value, name)).transpose()
    }

    pub(crate) fn list(&mut self, name: &str) -> Result<Vec<Value>, String> {
        match self.required(name)? {
            Value::Array(items) => Ok(items),
            other => Err(format!("field `{name}`: want a list, got {other}")),
        }
    }

    /// Everything must have been read: a misspelt field would otherwise be a silent default.
    pub(crate) fn finish(self) -> Result<(), String> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => Err(format!("unknown field `{name}`")),
        }
    }
}

/// An integer of `T`'s range.
pub(crate) fn int<T: TryFrom<i64>>(value: &Value, name: &str) -> Result<T, String> {
    if !value.is_number() {
        return Err(format!("field `{name}`: want a number, got {value}"));
    }
    let fits = value.as_i64().and_then(|number| T::try_from(number).ok());
    fits.ok_or_else(|| format!("field `{name}`: {value} is out of range for {}", type_name::<T>()))
}

pub(crate) fn text(value: Value, name: &str) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(format!("field `{name}`: want a string, got {other}")),
    }
}
