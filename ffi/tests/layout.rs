//! Both sides agree on every struct: `src/layout.rs` asserts sizes and offsets when the library is
//! compiled, `tests/c/abi.c` asserts the same numbers when C is. `make header` makes both.

#[path = "support/declared.rs"]
mod declared;
mod support;

use std::fmt::Write;
use std::process::Command;

use declared::{enumerations, structs};
use support::{has, hold, package, read, repository, run, scratch};

/// A struct's name, its size, and each member's offset.
type Layout = (String, usize, Vec<(String, usize)>);

/// What a C compiler says of each struct.
fn measured() -> Vec<Layout> {
    let all = structs(&read(&repository().join("include/fencepost.h")));
    let mut program =
        String::from("#include <fencepost.h>\n#include <stdio.h>\nint main(void) {\n");
    for (name, fields) in &all {
        writeln!(program, "  printf(\"%zu\\n\", sizeof({name}));").unwrap();
        for field in fields {
            writeln!(program, "  printf(\"%zu\\n\", offsetof({name}, {}));", field.name).unwrap();
        }
    }
    program.push_str("  return 0;\n}\n");
    let folder = scratch("layout");
    std::fs::write(folder.join("measure.c"), program).expect("the scratch folder can be written");
    run(Command::new("gcc")
        .args(["-std=c11", "-I"])
        .arg(repository().join("include"))
        .arg(folder.join("measure.c"))
        .arg("-o")
        .arg(folder.join("measure")));
    let said = run(&mut Command::new(folder.join("measure")));
    let mut numbers = said.lines().map(|line| line.parse().expect("a number"));
    let mut next = || numbers.next().expect("one number for each");
    all.into_iter()
        .map(|(name, fields)| {
            let size = next();
            let offsets = fields.into_iter().map(|field| (field.name, next())).collect();
            (name, size, offsets)
        })
        .collect()
}

#[test]
fn the_numbers_that_both_sides_assert_are_current() {
    if !has("gcc") || !cfg!(target_pointer_width = "64") {
        return;
    }
    let mut rust = String::from(
        "//! The layouts that `tests/c/abi.c` asserts too. Made by `make header`; do not change by \
         hand.\n#![cfg(target_pointer_width = \"64\")]\n\nuse core::mem::offset_of;\n\n\
         use crate::api::*;\n\nconst _: () = {\n",
    );
    let mut c = String::from(
        "/* The layouts that src/layout.rs asserts too. Made by `make header`; do not change by \
         hand. */\n#include <fencepost.h>\n\n#if UINTPTR_MAX == 0xffffffffffffffff\n",
    );
    let all = measured();
    assert!(all.len() > 20, "{}", all.len());
    for (name, size, fields) in all {
        writeln!(rust, "    assert!(size_of::<{name}>() == {size});").unwrap();
        writeln!(c, "_Static_assert(sizeof({name}) == {size}, \"{name}\");").unwrap();
        for (field, offset) in fields {
            writeln!(rust, "    assert!(offset_of!({name}, {field}) == {offset});").unwrap();
            writeln!(c, "_Static_assert(offsetof({name}, {field}) == {offset}, \"{field}\");")
                .unwrap();
        }
    }
    rust.push_str("};\n");
    c.push_str("#endif\n\n");
    let header = read(&repository().join("include/fencepost.h"));
    for (name, values) in enumerations(&header) {
        for (value, number) in values {
            writeln!(c, "_Static_assert({value} == {number}, \"{name}\");").unwrap();
        }
    }
    hold(&package().join("src/layout.rs"), &rust);
    hold(&package().join("tests/c/abi.c"), &c);
}
