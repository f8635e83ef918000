//! The failure stories of the resolve spec, each as a world that has a name.

use crate::plan::{Fault, Plan, Shape};

/// A story's faults and measures.
type Story = fn() -> Plan;

/// The worlds that have a name, in the order of the spec's stories.
pub const NAMED: &[(&str, Story)] = &[("first-refused", first_refused)];

/// The world of this name.
#[must_use]
pub fn named(name: &str) -> Option<Plan> {
    NAMED.iter().find(|(other, _)| *other == name).map(|(_, story)| story())
}

fn plan(shape: Shape, faults: &[(i64, Fault)]) -> Plan {
    Plan { seed: 1, shape, faults: faults.to_vec() }
}

fn first_refused() -> Plan {
    plan(Shape::small(), &[(0, Fault::Refuse(0, 19, 1))])
}
