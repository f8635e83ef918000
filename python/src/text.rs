//! How does a value hold a text that nobody may ever look at? Known, or not yet written.

use std::borrow::Cow;
use std::convert::Infallible;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use fencepost::audit::FindingKind;
use fencepost::producer::Verdict;
use pyo3::prelude::*;
use pyo3::types::PyString;
#[cfg(feature = "inspect")]
use pyo3::{inspect::PyStaticExpr, type_hint_identifier};

/// A word: one of ours, one that many values have, or what Python gave.
#[derive(Clone, Debug)]
pub(crate) enum Word {
    Known(&'static str),
    Shared(Arc<str>),
    Text(String),
}

/// What a verdict or a finding says, as a sentence once it is looked at; or what Python gave.
#[derive(Clone, Debug)]
pub(crate) enum Sentence {
    Verdict(Verdict),
    Finding(FindingKind),
    Text(String),
}

impl Word {
    fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Known(word) => Cow::Borrowed(word),
            Self::Shared(word) => Cow::Borrowed(word),
            Self::Text(text) => Cow::Borrowed(text),
        }
    }
}

impl Sentence {
    fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Verdict(verdict) => Cow::Owned(verdict.to_string()),
            Self::Finding(kind) => Cow::Owned(kind.to_string()),
            Self::Text(text) => Cow::Borrowed(text),
        }
    }
}

/// To Python they are texts, and equal if these are.
macro_rules! text {
    ($name:ident) => {
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.text() == other.text()
            }
        }

        impl Eq for $name {}

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.text().hash(state);
            }
        }

        impl<'py> IntoPyObject<'py> for $name {
            type Target = PyString;
            type Output = Bound<'py, PyString>;
            type Error = Infallible;

            #[cfg(feature = "inspect")]
            const OUTPUT_TYPE: PyStaticExpr = type_hint_identifier!("builtins", "str");

            fn into_pyobject(self, py: Python<'py>) -> Result<Self::Output, Self::Error> {
                Ok(PyString::new(py, &self.text()))
            }
        }

        impl<'py> FromPyObject<'_, 'py> for $name {
            type Error = PyErr;

            #[cfg(feature = "inspect")]
            const INPUT_TYPE: PyStaticExpr = type_hint_identifier!("builtins", "str");

            fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
                object.extract().map(Self::Text)
            }
        }
    };
}
text! { Word }
text! { Sentence }
