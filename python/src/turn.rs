//! Whose turn is it, where threads share a machine?
//!
//! A mutex is taken and given back by one atomic instruction each, which are a fifth of what a
//! short call takes. The flag by which Python's objects are lent is taken by one and given back by
//! a store. So a short call asks for the object alone: then nobody has its mutex. If others have
//! it, it shares the object with them and waits for the mutex.

use std::sync::{Mutex, PoisonError};

use pyo3::PyClass;
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::False;
use pyo3::pyclass::{PyClassGuard, PyClassGuardMut};
use pyo3::sync::MutexExt;

/// A class of Python over a machine.
pub(crate) trait Shared: PyClass<Frozen = False> {
    type Machine: Send;

    fn machine(&self) -> &Mutex<Self::Machine>;
    fn alone(&mut self) -> &mut Mutex<Self::Machine>;
}

/// Names the field that holds the machine.
macro_rules! shared {
    ($class:ty, $field:ident: $machine:ty) => {
        impl $crate::turn::Shared for $class {
            type Machine = $machine;

            fn machine(&self) -> &std::sync::Mutex<$machine> {
                &self.$field
            }

            fn alone(&mut self) -> &mut std::sync::Mutex<$machine> {
                &mut self.$field
            }
        }
    };
}
pub(crate) use shared;

/// What is short, and runs nothing of Python's: that could come back to the same machine.
#[inline]
pub(crate) fn with<T: Shared, R>(
    this: &Bound<'_, T>,
    work: impl FnOnce(&mut T::Machine) -> R,
) -> R {
    if let Ok(mut alone) = PyClassGuardMut::try_from(this) {
        return work(alone.alone().get_mut().unwrap_or_else(PoisonError::into_inner));
    }
    let shared = share(this);
    let machine = shared.machine().lock_py_attached(this.py());
    work(&mut machine.unwrap_or_else(PoisonError::into_inner))
}

/// What takes longer: without the interpreter's lock.
pub(crate) fn detached<T: Shared, R: Send>(
    this: &Bound<'_, T>,
    work: impl FnOnce(&mut T::Machine) -> R + Send,
) -> R {
    let shared = share(this);
    let machine = shared.machine();
    this.py().detach(|| work(&mut machine.lock().unwrap_or_else(PoisonError::into_inner)))
}

/// The object beside others. Whoever has it alone gives it back at once, and without the
/// interpreter's lock only where Python has none.
#[cold]
fn share<'a, T: Shared>(this: &'a Bound<'_, T>) -> PyClassGuard<'a, T> {
    loop {
        if let Ok(shared) = PyClassGuard::try_from(this) {
            return shared;
        }
        this.py().detach(std::thread::yield_now);
    }
}
