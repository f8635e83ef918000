//! The header compiles as every C and C++ it promises to, and the libraries export what is listed.

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{
    SYSTEM, has, library, library_under_sanitizer, package, read, repository, run, scratch,
};

const STRICT: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

#[test]
fn the_header_compiles_as_c99_to_c2x_and_cpp17_and_cpp20_without_a_warning() {
    let folder = scratch("compile");
    let source = "#include <fencepost.h>\nfencepost_error error = FENCEPOST_ERROR_INIT;\n\
                  unsigned char room[FENCEPOST_PARTITION_SIZE(8, 1, 1, 1)];\n\
                  unsigned char more[FENCEPOST_PRODUCER_SIZE(8)];\n\
                  unsigned char most[FENCEPOST_JOURNALED_PRODUCER_SIZE(8)];\n\
                  int main(void) { return (int)fencepost_version_abi(); }\n";
    let mut compiled = 0;
    for compiler in ["gcc", "clang"] {
        if !has(compiler) {
            continue;
        }
        for (language, standards) in
            [("c", &["c99", "c11", "c17", "c2x"][..]), ("c++", &["c++17", "c++20"])]
        {
            for standard in standards {
                for define in ["-DFENCEPOST_ANY", "-DFENCEPOST_NO_HEAP"] {
                    let file = folder.join(format!("header.{}", language.replace('+', "p")));
                    std::fs::write(&file, source).expect("the scratch folder can be written");
                    run(Command::new(compiler)
                        .args(STRICT)
                        .args([
                            &format!("-std={standard}"),
                            define,
                            "-fsyntax-only",
                            "-x",
                            language,
                        ])
                        .arg("-I")
                        .arg(repository().join("include"))
                        .arg(&file));
                    compiled += 1;
                }
            }
        }
        run(Command::new(compiler)
            .args(STRICT)
            .args(["-std=c11", "-fsyntax-only", "-I"])
            .arg(repository().join("include"))
            .arg(package().join("tests/c/abi.c")));
    }
    assert!(compiled == 24 || std::env::var("CI").as_deref() != Ok("true"), "{compiled}");
}

/// Names that a library defines for others, as nm lists them.
fn defined(arguments: &[&str], file: &str) -> BTreeSet<String> {
    let listed = run(Command::new("nm").args(arguments).arg(library("dev").join(file)));
    let last = |line: &str| {
        let mut words = line.split_whitespace().rev();
        let name = words.next()?.to_owned();
        matches!(words.next(), Some("T" | "D" | "B" | "R" | "W")).then_some(name)
    };
    listed.lines().filter_map(last).collect()
}

#[test]
fn the_exported_symbols_are_those_of_the_committed_list() {
    if !has("nm") {
        return;
    }
    let committed: BTreeSet<String> =
        read(&package().join("symbols.txt")).lines().map(str::to_owned).collect();
    let shared = defined(&["-D", "--defined-only"], "libfencepost.so");
    assert_eq!(shared, committed, "the shared library");
    let mut archive = defined(&["-g", "--defined-only"], "libfencepost.a");
    archive.retain(|name| name.starts_with("fencepost"));
    assert_eq!(archive, committed, "the static library");
}

/// Compiles a program in C of this folder against the static library, and runs it.
fn program(name: &str, archive: &Path, options: &[&str], under: &[&str]) -> String {
    let folder = scratch("programs");
    let binary = folder.join(format!("{name}-{}", options.len() + 10 * under.len()));
    run(Command::new("gcc")
        .args(STRICT)
        .args(["-std=c11", "-g"])
        .args(options)
        .arg("-I")
        .arg(repository().join("include"))
        .arg(package().join("tests/c").join(format!("{name}.c")))
        .arg(archive)
        .args(SYSTEM)
        .arg("-o")
        .arg(&binary));
    match under.split_first() {
        // As little as there can be: everything takes fifty times as long.
        Some((tool, arguments)) => run(Command::new(tool).args(arguments).arg(&binary).arg("1")),
        None => run(&mut Command::new(&binary)),
    }
}

const SANITIZED: [&str; 2] = ["-fsanitize=address,undefined", "-fno-sanitize-recover"];
const VALGRIND: [&str; 4] = ["valgrind", "--quiet", "--error-exitcode=9", "--leak-check=full"];

/// Runs it under the sanitizers, the library too, and under valgrind.
fn clean(name: &str) {
    clean_with(name, &[], library_under_sanitizer, || library("dev"));
}

fn clean_with(
    name: &str,
    options: &[&str],
    sanitized: impl FnOnce() -> PathBuf,
    plain: impl FnOnce() -> PathBuf,
) {
    if has("gcc") {
        let sanitized = sanitized().join("libfencepost.a");
        println!("{}", program(name, &sanitized, &[options, &SANITIZED].concat(), &[]));
        if has("valgrind") {
            program(name, &plain().join("libfencepost.a"), options, &VALGRIND);
        }
    }
}

/// What only the library reads is seen too: the programs above could not show it else.
#[test]
fn the_sanitizer_sees_what_the_library_reads() {
    if !has("gcc") {
        return;
    }
    let folder = scratch("seen");
    let source = "#include <fencepost.h>\n#include <stdlib.h>\n#include <string.h>\n\
                  int main(void) {\n  uint8_t *bytes = malloc(64);\n  uint32_t crc;\n  \
                  memset(bytes, 0, 64);\n  return (int)fencepost_crc32c(bytes, 65, &crc);\n}\n";
    std::fs::write(folder.join("seen.c"), source).expect("the scratch folder can be written");
    run(Command::new("gcc")
        .args(STRICT)
        .args(SANITIZED)
        .args(["-std=c11", "-I"])
        .arg(repository().join("include"))
        .arg(folder.join("seen.c"))
        .arg(library_under_sanitizer().join("libfencepost.a"))
        .args(SYSTEM)
        .arg("-o")
        .arg(folder.join("seen")));
    let output = Command::new(folder.join("seen")).output().expect("it was just made");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("heap-buffer-overflow"), "{said}");
}

#[test]
fn a_broker_in_c_appends_answers_duplicates_and_comes_back_from_a_snapshot() {
    clean("broker");
}

#[test]
fn an_admission_checks_what_it_is_given_and_both_ways_of_it_decide_alike() {
    clean("admit");
}

#[test]
fn a_client_in_c_writes_every_record_once_though_answers_are_lost() {
    clean("producer");
}

#[test]
fn a_coordinator_in_c_hands_out_ids_ends_transactions_and_comes_back_from_its_log() {
    clean("coordinator");
}

#[test]
fn a_transactional_client_in_c_talks_to_its_coordinator_though_answers_are_lost() {
    clean("transactions");
}

#[test]
fn a_client_in_c_that_is_killed_comes_back_by_its_journal_and_writes_every_record_once() {
    clean("journal");
}

#[test]
fn an_offset_that_no_log_has_is_refused_and_the_highest_wraps_nothing() {
    clean("offsets");
}

#[test]
fn a_tool_in_c_reads_each_record_of_a_journal_and_says_where_one_is_damaged() {
    let records = repository().join("core/tests/journal_support/records.txt");
    let defined = format!("-DRECORDS=\"{}\"", records.display());
    clean_with("journal_reader", &[&defined], library_under_sanitizer, || library("dev"));
}

#[test]
fn a_panic_ends_at_the_boundary_and_poisons_its_handle_alone() {
    let planted = support::library_with_a_planted_panic;
    clean_with("panic", &[], planted, planted);
}

#[test]
fn a_broker_in_c_admits_on_top_of_what_is_undecided_and_abandons_what_failed() {
    clean("pipeline");
}

#[test]
fn several_batches_in_c_are_one_append_or_none() {
    clean("append");
}

#[test]
fn an_audit_in_c_names_what_is_wrong_in_a_log_and_nothing_else() {
    clean("audit");
}

#[test]
fn a_partition_in_c_moves_into_bigger_memory_while_it_is_used() {
    clean("growth");
}

#[test]
fn snapshot_files_in_c_are_chosen_and_a_log_is_rebuilt_from_them() {
    clean("files");
}

#[test]
fn settings_in_c_say_what_they_promise_and_why_without_any_memory() {
    clean("config");
}

#[test]
fn the_examples_of_the_guide_print_what_the_guide_says() {
    if !has("gcc") {
        return;
    }
    let guide = read(&repository().join("docs/c.md"));
    let examples: Vec<&str> = guide.split("```c\n").skip(1).collect();
    assert!(examples.len() >= 2, "{}", examples.len());
    for (n, example) in examples.into_iter().enumerate() {
        let (source, after) = example.split_once("```").expect("the example ends");
        // What an earlier run has left would be found by the next.
        let folder = scratch("guide").join(n.to_string());
        let _first_time = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("the scratch folder can be written");
        std::fs::write(folder.join("guide.c"), source).expect("the scratch folder can be written");
        run(Command::new("gcc")
            .args(STRICT)
            .args(["-std=c99", "-I"])
            .arg(repository().join("include"))
            .arg(folder.join("guide.c"))
            .arg(library("dev").join("libfencepost.a"))
            .args(SYSTEM)
            .arg("-o")
            .arg(folder.join("guide")));
        let said = run(Command::new(folder.join("guide")).current_dir(&folder));
        assert!(after.contains(&format!("It prints `{}`", said.trim_end())), "{said}");
    }
}
