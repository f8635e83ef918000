//! How instructions are counted.

#![allow(dead_code, reason = "every test uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Says why the counts can't be taken here. With `CI=true` that is a failure.
fn skip(why: &str) -> bool {
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "SKIPPED: {why}");
    eprintln!("SKIPPED: {why}");
    false
}

/// Whether there is a tool that can be asked for its version.
pub(crate) fn has(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").output().is_ok();
    found || skip(&format!("{tool} is not installed (Debian: apt-get install {tool})"))
}

/// Whether instructions can be counted here, and are those of the committed numbers.
pub(crate) fn can_count() -> bool {
    let is_known = cfg!(all(target_arch = "x86_64", target_os = "linux"));
    (is_known || skip("the committed counts are of x86-64 Linux")) && has("valgrind")
}

/// Runs a command that must succeed, and gives what it wrote to its output.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?} ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// A binary of this package, optimized, whatever the test was built with.
pub(crate) fn build(binary: &str) -> PathBuf {
    let messages = run(Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "--package", "fencepost-benches"])
        .args(["--bin", binary, "--message-format=json"])
        .current_dir(env!("CARGO_MANIFEST_DIR")));
    let path = messages.split("\"executable\":\"").nth(1).and_then(|rest| rest.split('"').next());
    PathBuf::from(path.expect("cargo names the binary").replace("\\\\", "\\"))
}

/// Instructions of a whole run.
pub(crate) fn instructions(binary: &Path, arguments: &[&str]) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(binary)
        .args(arguments)
        .output()
        .expect("valgrind runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let collected = said.lines().find_map(|line| line.split("Collected :").nth(1));
    let number = collected.and_then(|number| number.trim().parse().ok());
    number.unwrap_or_else(|| panic!("no count in what valgrind said:\n{said}"))
}
