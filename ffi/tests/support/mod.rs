//! Where the files of this package are, and how commands are run.

#![allow(dead_code, reason = "every test uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// This package's folder.
pub(crate) fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The repository's folder.
pub(crate) fn repository() -> PathBuf {
    package().join("..").canonicalize().expect("the package lies in the repository")
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Compares what is made with what is committed, or writes it there with `FENCEPOST_BLESS=1`.
pub(crate) fn hold(path: &Path, made: &str) {
    if std::env::var("FENCEPOST_BLESS").as_deref() == Ok("1") {
        std::fs::write(path, made).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let differing = committed.lines().zip(made.lines()).position(|(a, b)| a != b);
    assert!(
        committed == made,
        "{} is not current, from line {} on: run `make header`",
        path.display(),
        differing.map_or(committed.lines().count().min(made.lines().count()), |n| n) + 1
    );
}

/// Whether a tool is here; with `CI=true` it must be.
pub(crate) fn has(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").output().is_ok();
    if !found {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{tool} is missing: make tools");
        eprintln!("SKIPPED: {tool} is missing (make tools)");
    }
    found
}

/// Runs a command that must succeed, and gives what it wrote to both its outputs.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{command:?} ended with {}:\n{said}", output.status);
    said
}

/// The folder with `libfencepost.a` and `libfencepost.so` of a profile, built if they are not.
pub(crate) fn library(profile: &str) -> PathBuf {
    built(profile, repository().join("target"), &[])
}

/// The folder of a `libfencepost.a` that is under AddressSanitizer itself, for programs that are:
/// what the library reads and writes is looked at too, not only what the program does. Rust's own
/// library in it is not.
pub(crate) fn library_under_sanitizer() -> PathBuf {
    let said = run(Command::new("rustc").arg("-vV"));
    let host = said.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc's host");
    let target = repository().join("target/sanitized");
    // A flag of nightly's, which RUSTC_BOOTSTRAP unlocks; with a target it is not for build
    // scripts.
    run(Command::new(env!("CARGO"))
        .args(["rustc", "--quiet", "--locked", "--package", "fencepost-ffi", "--lib"])
        .args(["--crate-type", "staticlib", "--target", host, "--target-dir"])
        .arg(&target)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Zsanitizer=address")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .current_dir(repository()));
    target.join(host).join("debug")
}

/// The same with a panic that can be put in: `fencepost_planted_panic`.
pub(crate) fn library_with_a_planted_panic() -> PathBuf {
    built("dev", repository().join("target/planted-panic"), &["--features", "planted-panic"])
}

fn built(profile: &str, target: PathBuf, features: &[&str]) -> PathBuf {
    run(Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--locked", "--package", "fencepost-ffi", "--lib"])
        .args(["--profile", profile])
        .args(features)
        .arg("--target-dir")
        .arg(&target)
        .current_dir(repository()));
    target.join(if profile == "dev" { "debug" } else { profile })
}

/// A folder for what a test makes.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    folder
}

/// What a static library of Rust needs beside itself on Linux.
pub(crate) const SYSTEM: [&str; 4] = ["-lpthread", "-ldl", "-lm", "-lgcc_s"];
