//! `include/fencepost.hpp` compiles as every C++ it promises to, and programs that use it do what
//! they say without a finding of the sanitizers.

mod support;

use std::process::Command;

use support::{SYSTEM, has, library, package, read, repository, run, scratch};

const STRICT: [&str; 7] =
    ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror", "-fno-exceptions", "-fno-rtti"];

/// What a project may have turned on for all that it includes.
const STRICTER: [&str; 3] = ["-Wconversion", "-Wsign-conversion", "-Wold-style-cast"];

#[test]
fn the_wrapper_compiles_as_cpp17_and_cpp20_without_exceptions_or_a_warning() {
    let folder = scratch("cpp");
    let source = folder.join("alone.cpp");
    let text = "#include <fencepost.hpp>\nint main() { return fencepost::category().name()[0]; }\n";
    std::fs::write(&source, text).expect("the scratch folder can be written");
    for (compiler, more) in [("g++", "-Wuseless-cast"), ("clang++", "-Wshadow-all")] {
        if !has(compiler) {
            continue;
        }
        for standard in ["-std=c++17", "-std=c++20"] {
            for define in ["-DFENCEPOST_ANY", "-DFENCEPOST_NO_HEAP"] {
                run(Command::new(compiler)
                    .args(STRICT)
                    .args(STRICTER)
                    .args([more, standard, define, "-fsyntax-only", "-I"])
                    .arg(repository().join("include"))
                    .arg(&source));
            }
        }
    }
}

#[test]
fn every_function_of_the_header_has_its_wrapper() {
    let symbols = read(&package().join("symbols.txt"));
    let wrapper = read(&repository().join("include/fencepost.hpp"));
    let functions: Vec<&str> = symbols.lines().collect();
    assert!(functions.len() > 200, "{functions:?}");
    for name in functions {
        assert!(wrapper.contains(&format!("{name}(")), "{name} is not wrapped");
    }
}

#[test]
fn a_producer_with_a_journal_has_every_method_that_holds_for_it() {
    // Those for which the journal has its own, as the header's head says, and who makes and ends.
    let not_its = ["assign", "resend", "split", "restore", "restore_batch", "bump"];
    let makers = ["size", "init", "fini", "new", "free"];
    let wrapper = read(&repository().join("include/fencepost.hpp"));
    let (_, plain) = wrapper.split_once("class producer :").expect("a class of producers");
    let (plain, journaled) = plain.split_once("class journaled_producer :").expect("its heir");
    let symbols = read(&package().join("symbols.txt"));
    let functions = symbols.lines().filter_map(|name| name.strip_prefix("fencepost_producer_"));
    let functions: Vec<_> =
        functions.filter(|name| !not_its.contains(name) && !makers.contains(name)).collect();
    assert!(functions.len() > 15, "{functions:?}");
    for function in functions {
        let (before, _) = plain
            .split_once(&format!("fencepost_producer_{function}("))
            .unwrap_or_else(|| panic!("{function} is not wrapped"));
        let (_, method) = before.rsplit_once("\n  result<").expect("it lies in a method");
        let (head, _) = method.split_once('(').expect("a method has parameters");
        let name = head.rsplit(' ').next().expect("a method has a name");
        assert!(journaled.contains(&format!("  using producer::{name};")), "{name} is not its own");
    }
}

/// Compiles a program of this folder with both compilers against the static library, and runs it in
/// a folder of its own: under the sanitizers if it is g++'s, for clang's may lack their libraries.
fn clean(name: &str) {
    let sanitized = &["-std=c++17", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    let plain = &["-std=c++20"];
    for (compiler, options) in [("g++", &sanitized[..]), ("clang++", plain)] {
        if !has(compiler) {
            continue;
        }
        let archive =
            if options == plain { library("dev") } else { support::library_under_sanitizer() };
        let folder = scratch(&format!("cpp-{name}-{compiler}"));
        let binary = folder.join("program");
        run(Command::new(compiler)
            .args(STRICT)
            .args(options)
            .arg("-g")
            .arg("-I")
            .arg(repository().join("include"))
            .arg(package().join("tests/cpp").join(format!("{name}.cpp")))
            .arg(archive.join("libfencepost.a"))
            .args(SYSTEM)
            .arg("-o")
            .arg(&binary));
        println!("{}", run(Command::new(&binary).arg(&folder)));
    }
}

#[test]
fn a_producer_in_cpp_ends_at_any_step_and_comes_back_by_its_journal() {
    clean("journal");
}

#[test]
fn what_needs_no_handle_does_in_cpp_what_it_does_in_c() {
    clean("values");
}

#[test]
fn each_handle_in_cpp_does_what_it_does_in_c_and_moves_but_is_never_copied() {
    clean("broker");
}
