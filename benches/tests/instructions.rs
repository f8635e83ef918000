//! How many instructions an operation takes, against the committed number. Time is never asserted:
//! it depends on the machine and on who else is on it; instructions depend on the source and the
//! compiler.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Instructions an operation took with the compiler of `rustc --version` 1.95, the bench's own loop
/// included (about 15); of snapshots, those of a producer. When a change lowers one, lower it here;
/// when one must rise, the commit says why.
const COMMITTED: [(&str, f64); 4] = [
    ("admit-record", 335.0),
    ("duplicate", 116.0),
    ("snapshot-write", 91.0),
    ("snapshot-load", 214.0),
];

/// Other compilers, and the same one after an unrelated change, choose a little differently.
const MARGIN: f64 = 0.08;

const OPERATIONS: u64 = 20_000;

/// Says why the counts can't be taken here. With `CI=true` that is a failure.
fn skip(why: &str) {
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "SKIPPED: {why}");
    eprintln!("SKIPPED: {why}");
}

/// The optimized binary, whatever this test was built with.
fn build() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "--package", "fencepost-benches"])
        .args(["--bin", "instructions", "--message-format=json"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    let path = messages.split("\"executable\":\"").nth(1).and_then(|rest| rest.split('"').next());
    PathBuf::from(path.expect("cargo names the binary").replace("\\\\", "\\"))
}

/// Instructions of a whole run.
fn instructions(binary: &Path, operation: &str, count: u64) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(binary)
        .args([operation, &count.to_string()])
        .output()
        .expect("valgrind runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let collected = said.lines().find_map(|line| line.split("Collected :").nth(1));
    let number = collected.and_then(|number| number.trim().parse().ok());
    number.unwrap_or_else(|| panic!("no count in what valgrind said:\n{said}"))
}

#[test]
fn an_operation_takes_no_more_instructions_than_were_committed() {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        return skip("the committed counts are of x86-64 Linux");
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        return skip("valgrind is not installed (Debian: apt-get install valgrind)");
    }
    let binary = build();
    for (operation, committed) in COMMITTED {
        // The same start in both runs, so it cancels out.
        let none = instructions(&binary, operation, 0);
        let all = instructions(&binary, operation, OPERATIONS);
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
