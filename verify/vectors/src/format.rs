//! What does a vector file hold, and where is it wrong? (broker spec 9.1)

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::Path;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::fields::{int, text};
use crate::steps::Step;
use crate::subject::{Config, Profile};

/// One vector: a fresh partition and the steps that are done to it.
#[derive(Clone, Debug)]
pub struct Vector {
    /// The id, unique in its file.
    pub id: String,
    /// What it shows.
    pub what: String,
    /// The profiles at which its wants hold; empty: at all.
    pub profiles: Vec<Profile>,
    exp_ms: i64,
    max_txn_ms: i64,
    verify: bool,
    /// The steps.
    pub steps: Vec<Step>,
}

impl Vector {
    /// The configuration of the vector's partition.
    #[must_use]
    pub fn config(&self, profile: Profile) -> Config {
        let (exp_ms, max_txn_ms, verify) = (self.exp_ms, self.max_txn_ms, self.verify);
        Config { exp_ms, max_txn_ms, verify, profile }
    }

    /// Whether the vector's wants hold at `profile`.
    #[must_use]
    pub fn holds_at(&self, profile: Profile) -> bool {
        self.profiles.is_empty() || self.profiles.contains(&profile)
    }
}

/// A file that can't be read or is not a vector file; its text is one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatError {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1; none if the file could not be read at all.
    pub line: Option<usize>,
    /// The vector's id, if it is known.
    pub vector: Option<String>,
    /// The step, from 1.
    pub step: Option<usize>,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(vector) = &self.vector {
            write!(f, ": vector {vector}")?;
        }
        if let Some(step) = self.step {
            write!(f, ", step {step}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl std::error::Error for FormatError {}

/// Reads a vector file.
pub fn load(path: &Path) -> Result<Vec<Vector>, FormatError> {
    let file = path.display().to_string();
    match fs::read_to_string(path) {
        Ok(text) => parse(&file, &text),
        Err(error) => {
            let reason = format!("can't be read: {error}");
            Err(FormatError { file, line: None, vector: None, step: None, reason })
        }
    }
}

/// Reads the text of a vector file; `file` is only for messages.
pub fn parse(file: &str, text: &str) -> Result<Vec<Vector>, FormatError> {
    let raw: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| FormatError {
        file: file.to_owned(),
        line: Some(error.line()),
        vector: None,
        step: None,
        reason: format!("not a JSON list: {error}"),
    })?;
    if raw.is_empty() {
        let (file, reason) = (file.to_owned(), "holds no vector".to_owned());
        return Err(FormatError { file, line: None, vector: None, step: None, reason });
    }
    let mut seen = BTreeSet::new();
    let mut vectors = Vec::new();
    for raw in raw {
        let mut place = Place { file, text, line: line_of(text, raw), vector: None, step: None };
        let vector = vector(raw, &mut place).map_err(|reason| place.error(reason))?;
        if !seen.insert(vector.id.clone()) {
            place.step = None;
            return Err(place.error("the id is already taken".to_owned()));
        }
        vectors.push(vector);
    }
    Ok(vectors)
}

/// Where the reading is.
struct Place<'a> {
    file: &'a str,
    text: &'a str,
    line: usize,
    vector: Option<String>,
    step: Option<usize>,
}

impl Place<'_> {
    fn error(&self, reason: String) -> FormatError {
        FormatError {
            file: self.file.to_owned(),
            line: Some(self.line),
            vector: self.vector.clone(),
            step: self.step,
            reason,
        }
    }
}

/// The line on which `part`, a piece of `whole`, starts.
fn line_of(whole: &str, part: &RawValue) -> usize {
    let start = part.get().as_ptr().addr() - whole.as_ptr().addr();
    1 + whole.bytes().take(start).filter(|byte| *byte == b'\n').count()
}

fn vector(raw: &RawValue, place: &mut Place<'_>) -> Result<Vector, String> {
    let mut fields: BTreeMap<String, &RawValue> =
        serde_json::from_str(raw.get()).map_err(|_| "a vector has to be an object".to_owned())?;
    let mut take = |name: &str| fields.remove(name);
    let id = take("id").ok_or("missing field `id`")?;
    let id = text(value(id)?, "id")?;
    place.vector = Some(id.clone());
    let what = text(value(take("what").ok_or("missing field `what`")?)?, "what")?;
    let mut number = |name: &str, default: i64| match take(name) {
        Some(raw) => int::<i64>(&value(raw)?, name),
        None => Ok(default),
    };
    let exp_ms = number("exp_ms", 86_400_000)?;
    let max_txn_ms = number("max_txn_ms", 300_000)?;
    let verify = match number("verify", 0)? {
        0 => false,
        1 => true,
        other => return Err(format!("field `verify`: want 0 or 1, got {other}")),
    };
    let profiles = match take("profile") {
        Some(raw) => profiles(value(raw)?)?,
        None => Vec::new(),
    };
    let steps = take("steps").ok_or("missing field `steps`")?;
    if let Some(name) = fields.keys().next() {
        return Err(format!("unknown field `{name}`"));
    }
    let steps = steps_of(steps, place)?;
    Ok(Vector { id, what, profiles, exp_ms, max_txn_ms, verify, steps })
}

fn steps_of(raw: &RawValue, place: &mut Place<'_>) -> Result<Vec<Step>, String> {
    let raw: Vec<&RawValue> =
        serde_json::from_str(raw.get()).map_err(|_| "field `steps`: want a list".to_owned())?;
    let mut labels = Vec::new();
    let mut steps = Vec::new();
    for (at, raw) in raw.into_iter().enumerate() {
        place.line = line_of(place.text, raw);
        place.step = Some(at + 1);
        steps.push(Step::parse(value(raw)?, &mut labels)?);
    }
    if steps.is_empty() {
        return Err("field `steps`: want at least one step".to_owned());
    }
    Ok(steps)
}

fn value(raw: &RawValue) -> Result<Value, String> {
    serde_json::from_str(raw.get()).map_err(|error| error.to_string())
}

fn profiles(value: Value) -> Result<Vec<Profile>, String> {
    let Value::Array(names) = value else {
        return Err(format!("field `profile`: want a list of names, got {value}"));
    };
    let mut profiles = Vec::new();
    for name in names {
        let known = name.as_str().and_then(Profile::from_name);
        profiles.push(known.ok_or_else(|| format!("field `profile`: unknown profile {name}"))?);
    }
    if profiles.is_empty() {
        return Err("field `profile`: an empty list holds nowhere".to_owned());
    }
    Ok(profiles)
}
