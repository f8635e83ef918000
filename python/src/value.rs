//! What is a value in Python: frozen, compared and hashed by its fields, matched, pickled, and
//! shown as what makes it again?

use std::fmt::{self, Debug, Formatter};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;
#[cfg(feature = "inspect")]
use pyo3::{
    inspect::{PyStaticConstant, PyStaticExpr},
    type_hint_identifier, type_hint_subscript,
};

/// A tuple of values, so that what holds it can be hashed in Python too. Made when it is first
/// looked at, and the same one from then on: a field of a million findings is read more than once.
#[derive(Clone)]
pub(crate) struct Many<T>(Arc<Held<T>>);

struct Held<T> {
    items: Vec<T>,
    tuple: PyOnceLock<Py<PyTuple>>,
}

impl<T> Many<T> {
    pub(crate) fn of(items: Vec<T>) -> Self {
        Self(Arc::new(Held { items, tuple: PyOnceLock::new() }))
    }

    pub(crate) fn items(&self) -> &[T] {
        &self.0.items
    }
}

impl<T: Debug> Debug for Many<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.items().fmt(f)
    }
}

impl<T: PartialEq> PartialEq for Many<T> {
    fn eq(&self, other: &Self) -> bool {
        self.items() == other.items()
    }
}

impl<T: Eq> Eq for Many<T> {}

impl<T: Hash> Hash for Many<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.items().hash(state);
    }
}

impl<'py, T: IntoPyObject<'py> + Clone> IntoPyObject<'py> for Many<T> {
    type Target = PyTuple;
    type Output = Bound<'py, PyTuple>;
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const OUTPUT_TYPE: PyStaticExpr = type_hint_subscript!(
        type_hint_identifier!("builtins", "tuple"),
        T::OUTPUT_TYPE,
        PyStaticExpr::Constant { value: PyStaticConstant::Ellipsis }
    );

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        let tuple = self.0.tuple.get_or_try_init(py, || {
            let items = self.items().iter().map(|item| item.clone().into_bound_py_any(py));
            let items = items.collect::<PyResult<Vec<_>>>()?;
            PyTuple::new(py, items).map(Bound::unbind)
        });
        Ok(tuple?.bind(py).clone())
    }
}

impl<'py, T> FromPyObject<'_, 'py> for Many<T>
where
    T: for<'a> FromPyObject<'a, 'py>,
{
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const INPUT_TYPE: PyStaticExpr = type_hint_subscript!(
        type_hint_identifier!("collections.abc", "Iterable"),
        <T as FromPyObject<'_, 'py>>::INPUT_TYPE
    );

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let items = object.try_iter()?;
        let items = items.map(|item| item?.extract::<T>().map_err(Into::into));
        items.collect::<PyResult<_>>().map(Self::of)
    }
}

/// `name=repr, …` of some fields.
pub(crate) fn shown<'py, T: IntoPyObject<'py>>(
    py: Python<'py>,
    name: &str,
    value: T,
) -> PyResult<String> {
    let value = value.into_bound_py_any(py)?;
    Ok(format!("{name}={}", value.repr()?.to_str()?))
}

/// A frozen class of public fields, made by keyword. `in` says which module it is of, if not of
/// the package itself; `check` sees each one that Python makes.
macro_rules! value {
    (
        $(#[$meta:meta])*
        $name:ident, in $module:literal, check $check:expr, {
            $($(#[$field_meta:meta])* $field:ident: $type:ty,)*
        }
        $($methods:tt)*
    ) => {
        $(#[$meta])*
        #[pyo3::pyclass(frozen, eq, hash, get_all, module = $module, from_py_object)]
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub(crate) struct $name { $($(#[$field_meta])* pub(crate) $field: $type,)* }

        #[pyo3::pymethods]
        impl $name {
            #[new]
            #[pyo3(signature = (*, $($field),*))]
            #[allow(clippy::too_many_arguments, reason = "one for each field")]
            fn new($($field: $type),*) -> pyo3::PyResult<Self> {
                let value = Self { $($field),* };
                let check: fn(&Self) -> pyo3::PyResult<()> = $check;
                check(&value)?;
                Ok(value)
            }

            #[classattr]
            fn __match_args__(py: Python<'_>) -> PyResult<Py<PyTuple>> {
                PyTuple::new(py, [$(stringify!($field)),*]).map(Bound::unbind)
            }

            fn __getnewargs_ex__<'py>(
                &self,
                py: Python<'py>,
            ) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
                let fields = PyDict::new(py);
                $(fields.set_item(stringify!($field), self.$field.clone())?;)*
                Ok((PyTuple::empty(py), fields))
            }

            fn __repr__(&self, py: pyo3::Python<'_>) -> pyo3::PyResult<String> {
                let fields: Vec<String> =
                    vec![$(crate::value::shown(py, stringify!($field), self.$field.clone())?),*];
                Ok(format!("{}({})", stringify!($name), fields.join(", ")))
            }

            $($methods)*
        }
    };
    ($(#[$meta:meta])* $name:ident, check $check:expr, { $($fields:tt)* } $($methods:tt)*) => {
        $crate::value::value! {
            $(#[$meta])* $name, in "fencepost", check $check, { $($fields)* } $($methods)*
        }
    };
    ($(#[$meta:meta])* $name:ident, in $module:literal, { $($fields:tt)* } $($methods:tt)*) => {
        $crate::value::value! {
            $(#[$meta])* $name, in $module, check |_| Ok(()), { $($fields)* } $($methods)*
        }
    };
    ($(#[$meta:meta])* $name:ident, { $($fields:tt)* } $($methods:tt)*) => {
        $crate::value::value! { $(#[$meta])* $name, in "fencepost", { $($fields)* } $($methods)* }
    };
}
pub(crate) use value;
