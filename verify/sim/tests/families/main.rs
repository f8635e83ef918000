//! Each family of worlds happens, and does no harm: a test for each, whose name says the rule.

use fencepost_sim::{Named, Outcome, Plan, Who, named, run};

/// How many worlds of a family are looked at.
const SEEDS: usize = 300;

/// The worlds of a family, and how each ended: no word in it was wrong.
fn outcomes(name: &str) -> impl Iterator<Item = (Plan, Outcome)> {
    let family = named(name).expect("it has a name");
    (1..).take(SEEDS).map(move |seed| {
        let plan = family.plan(seed);
        let outcome = run(&plan, Who::Ours, true);
        let told = || format!("{} seed {seed}\n{}", family.name, outcome.story.join("\n"));
        assert_eq!(outcome.violation, None, "{}", told());
        (plan, outcome)
    })
}

fn happens_and_does_no_harm(name: &str) {
    let mark = named(name).expect("it has a name").mark;
    let tells = |(_, outcome): &(_, Outcome)| outcome.story.iter().any(|line| line.contains(mark));
    let seen = outcomes(name).filter(tells).count();
    assert!(seen > 10, "{name}: `{mark}` was told in {seen} worlds");
}

fn assert_all_are_tested(families: &[Named], tested: &[&str]) {
    let names: Vec<&str> = families.iter().map(|family| family.name).collect();
    assert_eq!(names, tested);
}

/// A test for each family of a list, and one that none is left out.
macro_rules! families {
    ($list:ident, $all:ident; $($test:ident = $name:literal;)*) => {
        $(#[test]
        fn $test() {
            crate::happens_and_does_no_harm($name);
        })*

        #[test]
        fn $all() {
            crate::assert_all_are_tested(fencepost_sim::$list, &[$($name),*]);
        }
    };
}

mod crashes;
mod doubles;
mod edges;
mod regressions;
mod stories;
