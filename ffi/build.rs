//! Gives the shared library the name by which programs ask for it when they start.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=src/version.rs");
    let abi = include_str!("src/version.rs")
        .lines()
        .find_map(|line| line.strip_prefix("const ABI: u32 = ")?.strip_suffix(';'))
        .expect("src/version.rs says `const ABI: u32 = N;`");
    match env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("macos") => {
            let name = format!("@rpath/libfencepost.{abi}.dylib");
            println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,{name}");
        }
        Ok("windows" | "none") => {}
        _ => println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libfencepost.so.{abi}"),
    }
}
