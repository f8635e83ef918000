//! Which implementations can be held against the vectors?

use crate::core_subject::CoreSubject;
use crate::model_subject::ModelSubject;
use crate::subject::{Config, Subject};

/// Makes a fresh partition.
pub type Create = fn(&Config) -> Box<dyn Subject>;

/// All subjects by name; the first is the default.
pub const SUBJECTS: [(&str, Create); 2] = [
    ("core", |config| Box::new(CoreSubject::new(config))),
    ("model", |config| Box::new(ModelSubject::new(config))),
];

/// The subject of that name.
#[must_use]
pub fn by_name(name: &str) -> Option<Create> {
    SUBJECTS.iter().find(|(known, _)| *known == name).map(|(_, create)| *create)
}

/// All names, for a usage message.
#[must_use]
pub fn names() -> String {
    SUBJECTS.map(|(name, _)| name).join("|")
}
