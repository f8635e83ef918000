//! Does what the repository says of itself hold?

use std::collections::BTreeSet;
use std::process::Command;

use fencepost_tidy::{File, files, read, root};

/// Targets that the Makefile can make.
fn make_targets() -> BTreeSet<String> {
    let makefile = read("Makefile");
    let is_name = |name: &&str| name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let names = makefile.lines().filter_map(|line| Some(line.split_once(':')?.0));
    let targets: BTreeSet<String> =
        names.filter(|name| !name.is_empty()).filter(is_name).map(str::to_owned).collect();
    assert!(targets.len() >= 10, "the Makefile has only {targets:?}");
    targets
}

/// Everything written for people.
fn prose() -> Vec<File> {
    files("", ".md", 8)
}

#[test]
fn every_command_that_is_told_exists() {
    let (targets, mut seen) = (make_targets(), 0);
    for file in prose() {
        let (mut fence, mut in_sh) = (false, false);
        for line in file.text.lines() {
            if let Some(language) = line.trim().strip_prefix("```") {
                fence = !fence;
                in_sh = fence && language == "sh";
                continue;
            }
            let command = line.split('#').next().unwrap_or_default();
            let mut words = command.split_whitespace();
            if !in_sh || words.next() != Some("make") {
                continue;
            }
            let target = words.find(|word| !word.starts_with('-')).unwrap_or("help");
            assert!(targets.contains(target), "{}: make has no target {target}", file.path);
            seen += 1;
        }
    }
    assert!(seen >= 5, "only {seen} commands seen");
}

#[test]
fn every_target_of_the_makefile_is_listed_by_help_and_declared_phony() {
    let makefile = read("Makefile");
    let phony = makefile.lines().find_map(|line| line.strip_prefix(".PHONY:"));
    let phony: BTreeSet<String> =
        phony.unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    assert_eq!(phony, make_targets());
    for target in phony {
        let told = makefile
            .lines()
            .any(|line| line.starts_with(&format!("{target}:")) && line.contains(" ## "));
        assert!(told, "`make help` does not tell of {target}");
    }
}

#[test]
fn both_licences_are_there() {
    assert!(
        read("LICENSE-APACHE").contains("Apache License\n                           Version 2.0")
    );
    assert!(read("LICENSE-MIT").contains("Permission is hereby granted, free of charge"));
    assert!(read("Cargo.toml").contains("license = \"MIT OR Apache-2.0\""));
}

#[test]
fn the_oldest_compiler_is_named_in_the_workspace_manifest_and_nowhere_else() {
    let manifest = read("Cargo.toml");
    let version = manifest.lines().find_map(|line| line.strip_prefix("rust-version = \""));
    let version = version.and_then(|rest| rest.strip_suffix('"')).expect("Cargo.toml says it");
    let mut places: Vec<String> = Vec::new();
    for file in prose().into_iter().chain(files("", ".toml", 5)) {
        if file.text.contains(version) {
            places.push(file.path);
        }
    }
    assert_eq!(places, ["Cargo.toml"]);
}

/// What the core may need: heapless and what that needs, and one checksum crate with its catalog.
const NEEDED: [&str; 7] =
    ["byteorder", "crc", "crc-catalog", "fencepost", "hash32", "heapless", "stable_deref_trait"];

#[test]
fn the_core_needs_heapless_and_a_checksum_crate_and_nothing_else() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "-p", "fencepost", "-e", "normal", "--no-default-features"])
        .args(["--locked", "--prefix", "none", "--format", "{p}"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let text = String::from_utf8_lossy(&tree.stdout);
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let names: BTreeSet<&str> = text.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(names, BTreeSet::from(NEEDED));
}

#[test]
fn no_file_names_a_place_of_the_machine_it_was_written_on() {
    // Put together here, so that this file does not hold them itself.
    let places = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
    for ending in [".rs", ".md", ".toml", ".py", ".java", ".sh", "Makefile"] {
        for file in files("", ending, 1) {
            for place in places {
                assert!(!file.text.contains(place), "{}: {place}", file.path);
            }
        }
    }
}
