//! The public functions that an address alone would not bring into the image: those that are
//! generic themselves, that take a closure or an iterator, or that give an iterator, whose steps
//! are functions too.
//!
//! The line above each names the function that it calls. `functions.py` reads it: a name that is no
//! more is refused, and so is a public function that is neither here nor put into the table. A
//! caller's closures are function pointers here, of which nothing is known.

pub(crate) mod audit;
pub(crate) mod broker;
pub(crate) mod config;
pub(crate) mod coordinator;
pub(crate) mod journal;
pub(crate) mod pipeline;
pub(crate) mod producer;
pub(crate) mod snapshot;
pub(crate) mod window;
pub(crate) mod wire;

/// Every step of an iterator, in any state.
fn walk<T>(steps: impl Iterator<Item = T>, see: fn(T)) {
    let mut steps = crate::any(steps);
    while let Some(step) = steps.next() {
        see(step);
        steps = crate::any(steps);
    }
}
