//! How many instructions an operation takes, against the committed number. Time is never asserted:
//! it depends on the machine and on who else is on it; instructions depend on the source and the
//! compiler.

mod support;

use support::{build, can_count, instructions};

/// Instructions an operation took with the compiler of `rustc --version` 1.95, the bench's own loop
/// included (about 15); of snapshots, those of a producer. When a change lowers one, lower it here;
/// when one must rise, the commit says why.
const COMMITTED: [(&str, f64); 4] = [
    ("admit-record", 268.0),
    ("duplicate", 101.0),
    ("snapshot-write", 96.0),
    ("snapshot-load", 186.0),
];

/// Other compilers, and the same one after an unrelated change, choose a little differently.
const MARGIN: f64 = 0.08;

const OPERATIONS: u64 = 20_000;

#[test]
fn an_operation_takes_no_more_instructions_than_were_committed() {
    if !can_count() {
        return;
    }
    let binary = build("instructions");
    for (operation, committed) in COMMITTED {
        // The same start in both runs, so it cancels out.
        let none = instructions(&binary, &[operation, "0"]);
        let all = instructions(&binary, &[operation, &OPERATIONS.to_string()]);
        let each = all.checked_sub(none).expect("more work takes more") as f64 / OPERATIONS as f64;
        println!("{operation}: {each:.1} instructions, {committed} committed");
        assert!(
            each <= committed * (1.0 + MARGIN),
            "{operation}: {each:.1} instructions, {committed} were committed"
        );
        assert!(
            each >= committed * (1.0 - MARGIN),
            "{operation}: {each:.1} instructions, many fewer than {committed}: commit that"
        );
    }
}
