//! The native half of the Python package `fencepost`: thin classes over the core.
//!
//! Names, documentation of the package and exceptions are Python's, in `pysrc/fencepost`.

mod config;

/// The native half of the package `fencepost`; use that one.
#[pyo3::pymodule]
mod _fencepost {
    #[pymodule_export]
    use crate::config::{
        ConfigResolved, config_later, config_problems, config_resolve, config_settings,
    };

    /// The version of the package and of the core.
    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "the name is Python's")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
