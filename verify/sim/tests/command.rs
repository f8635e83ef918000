//! The command `sim`: its last line, its exit codes, what it tells of a failing world, and what it
//! says to wrong arguments.

use std::process::{Command, Output};

fn sim(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sim")).args(arguments).output().expect("it starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_last_line_counts_worlds_faults_and_violations() {
    let output = sim(&["--worlds", "50", "--seed", "7"]);
    let told = text(&output.stdout);
    let last = told.lines().last().unwrap_or_default();
    assert!(last.starts_with("50 worlds, ") && last.ends_with(" faults, 0 violations"), "{told}");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stderr), "", "no terminal is there, so no progress");
}

#[test]
fn a_failing_world_is_told_and_can_be_had_again() {
    let arguments = ["--worlds", "9", "--world", "kafka-14034", "--client", "reference"];
    let output = sim(&[&arguments[..], &["--stop-after", "1"]].concat());
    let told = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{told}");
    let violation = told.lines().find(|line| line.starts_with("violation: ")).expect("a reason");
    assert!(told.lines().any(|line| line.starts_with("fault at ")), "{told}");
    let again = told.lines().find_map(|line| line.strip_prefix("again: make -s sim "));
    let again = again.expect("how to see it again");
    // What make is told is what this command is told.
    let mut arguments = Vec::new();
    for (name, value) in again.split(' ').filter_map(|word| word.split_once('=')) {
        arguments.extend([format!("--{}", name.to_lowercase()), value.to_owned()]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let repeated = text(&sim(&arguments).stdout);
    assert!(repeated.lines().any(|line| line == violation), "{again}\n{repeated}");
    assert!(told.ends_with(" 1 violations\n"));
}

#[test]
fn wrong_arguments_are_named_and_end_with_2() {
    for (arguments, named) in [
        (&["--worlds", "many"][..], "--worlds many"),
        (&["--worlds", "0"], "from 1 to"),
        (&["--worlds", "-1"], "--worlds -1"),
        (&["--seed", "18446744073709551616"], "from 0 to 18446744073709551615"),
        (&["--seed", ""], "not a whole number"),
        (&["--stop-after", "0"], "from 1 to"),
        (&["--client", "java"], "--client java: ours or reference"),
        (&["--world", "nowhere"], "--world nowhere: none of first-refused, "),
        (&["--seed"], "--seed: its value is missing"),
        (&["worlds"], "worlds: no such argument"),
    ] {
        let output = sim(arguments);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(told.starts_with("sim: ") && told.contains(named), "{arguments:?}: {told}");
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
    }
}

#[test]
fn it_says_how_it_is_used() {
    let output = sim(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("Exit code: 0 no violation, 1 violations, 2 wrong"));
}
