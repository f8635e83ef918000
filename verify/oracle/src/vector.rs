//! Can a difference be written as a vector of the broker spec (9.1)?

use fencepost::broker::Profile;

use crate::op::Op;

pub(crate) fn vector(_profile: Profile, _operations: &[Op], _answer: &str) -> Option<String> {
    None
}
