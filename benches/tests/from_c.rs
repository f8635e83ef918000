//! How many instructions more an admission takes from C than the call in Rust: the same batches on
//! the same partition, by `benches/c/admits.c` linked to the static library and by the binary
//! `admits`.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::{build, can_count, has, instructions, run};

/// What C may cost: the arguments, the call itself, and every check of what came.
const MOST: f64 = 60.0;

const OPERATIONS: u64 = 20_000;

/// The program in C, optimized as the library is.
fn compile() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let repository = package.join("..");
    let messages = run(Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "--package", "fencepost-ffi", "--lib"])
        .arg("--message-format=json")
        .current_dir(package));
    let mut paths = messages.split('"');
    let library = paths.find(|path| path.ends_with("/libfencepost.a"));
    let binary = Path::new(env!("CARGO_TARGET_TMPDIR")).join("admits-c");
    run(Command::new("gcc")
        .args(["-std=c11", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"])
        .arg(repository.join("include"))
        .arg(package.join("c/admits.c"))
        .arg(library.expect("cargo names the static library"))
        .args(["-lpthread", "-ldl", "-lm", "-lgcc_s", "-o"])
        .arg(&binary));
    binary
}

/// Instructions of one admission.
fn each(binary: &Path, operation: &str, more: &[&str]) -> f64 {
    let of = |count: u64| {
        let count = count.to_string();
        instructions(binary, &[&[operation, &count], more].concat())
    };
    // The same start in both runs, so it cancels out.
    let all = of(OPERATIONS).checked_sub(of(0)).expect("more work takes more");
    all as f64 / OPERATIONS as f64
}

#[test]
fn an_admission_from_c_takes_at_most_60_instructions_more_than_in_rust() {
    if !can_count() || !has("gcc") {
        return;
    }
    let (rust, c) = (build("admits"), compile());
    for operation in ["append", "duplicate"] {
        let in_rust = each(&rust, operation, &[]);
        for told in [&[][..], &["told"]] {
            let from_c = each(&c, operation, told);
            let more = from_c - in_rust;
            println!("{operation} {told:?}: {from_c:.1} from C, {in_rust:.1} in Rust, +{more:.1}");
            assert!(more <= MOST, "{operation} {told:?}: {from_c:.1} from C, {in_rust:.1} in Rust");
        }
    }
}
