//! How do bytes come in: from any bytes-like object, or from a file?
//!
//! `bytes` never change, so they are read in place; what may change is copied first. The buffer
//! protocol is not in the stable ABI of the oldest Python we serve, so a `memoryview` copies.

use std::io;
use std::path::PathBuf;

use pyo3::exceptions::{PyOSError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView, PySlice, PyString};
#[cfg(feature = "inspect")]
use pyo3::{inspect::PyStaticExpr, type_hint_identifier, type_hint_union};

/// Bytes that stay as they are.
#[derive(Clone, Debug)]
pub(crate) struct BytesLike<'py>(pub(crate) Bound<'py, PyBytes>);

impl BytesLike<'_> {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl<'py> FromPyObject<'_, 'py> for BytesLike<'py> {
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const INPUT_TYPE: PyStaticExpr = type_hint_identifier!("_typeshed", "ReadableBuffer");

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(bytes) = object.cast_exact::<PyBytes>() {
            return Ok(Self(bytes.to_owned()));
        }
        let view = PyMemoryView::from(&object).map_err(|_| {
            let kind = object.get_type();
            PyTypeError::new_err(format!("a bytes-like object is required, not {kind}"))
        })?;
        Ok(Self(view.call_method0("tobytes")?.cast_into::<PyBytes>()?))
    }
}

/// Bytes to be changed in place: a bytearray or any other writable buffer, of one dimension.
pub(crate) struct Writable<'py>(Bound<'py, PyAny>);

impl<'py> FromPyObject<'_, 'py> for Writable<'py> {
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const INPUT_TYPE: PyStaticExpr = type_hint_identifier!("_typeshed", "WriteableBuffer");

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if object.is_instance_of::<PyByteArray>() {
            return Ok(Self(object.to_owned()));
        }
        let view = PyMemoryView::from(&object)?;
        if view.getattr("readonly")?.is_truthy()? {
            return Err(PyTypeError::new_err("a writable bytes-like object is required"));
        }
        Ok(Self(view.call_method1("cast", ("B",))?))
    }
}

impl Writable<'_> {
    /// Changes a copy, and writes it back only if that went well.
    pub(crate) fn change<E: Into<PyErr>>(
        &self,
        change: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> PyResult<()> {
        let py = self.0.py();
        let view = PyMemoryView::from(&self.0)?;
        let old = view.call_method0("tobytes")?;
        let mut bytes = old.cast::<PyBytes>()?.as_bytes().to_vec();
        change(&mut bytes).map_err(Into::into)?;
        view.set_item(PySlice::full(py), PyBytes::new(py, &bytes))
    }
}

/// Where bytes are: in memory, or in a file (a `str` or an `os.PathLike`), which is read in pieces.
pub(crate) enum Source {
    Memory(Py<PyBytes>),
    Path(PathBuf),
}

impl<'py> FromPyObject<'_, 'py> for Source {
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(
        type_hint_identifier!("_typeshed", "ReadableBuffer"),
        type_hint_identifier!("_typeshed", "StrPath")
    );

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if object.is_instance_of::<PyString>() || object.hasattr("__fspath__")? {
            return Ok(Self::Path(object.extract()?));
        }
        Ok(Self::Memory(object.extract::<BytesLike<'py>>()?.0.unbind()))
    }
}

/// The system's error with the file's name, as Python tells it.
pub(crate) fn os_error(path: &std::path::Path, error: &io::Error) -> PyErr {
    let name = path.as_os_str().to_owned();
    match error.raw_os_error() {
        Some(code) => {
            let why = error.to_string();
            let why = why.split(" (os error").next().unwrap_or_default().to_owned();
            PyOSError::new_err((code, why, name))
        }
        None => PyOSError::new_err(format!("{}: {error}", path.display())),
    }
}

impl Source {
    /// All of it, in memory.
    pub(crate) fn read<R: Send>(
        &self,
        py: Python<'_>,
        then: impl FnOnce(&[u8]) -> R + Send,
    ) -> PyResult<R> {
        match self {
            Self::Memory(bytes) => {
                let bytes = bytes.as_bytes(py);
                Ok(py.detach(|| then(bytes)))
            }
            Self::Path(path) => {
                let read = || std::fs::read(path).map(|bytes| then(&bytes));
                py.detach(read).map_err(|error| os_error(path, &error))
            }
        }
    }
}
