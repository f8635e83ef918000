//! Which version is this?

use core::ffi::{CStr, c_char};

const fn part(text: &str) -> u32 {
    match u32::from_str_radix(text, 10) {
        Ok(number) if number < 256 => number,
        _ => panic!("a part of the version is no number below 256"),
    }
}

const MAJOR: u32 = part(env!("CARGO_PKG_VERSION_MAJOR"));
const MINOR: u32 = part(env!("CARGO_PKG_VERSION_MINOR"));
const PATCH: u32 = part(env!("CARGO_PKG_VERSION_PATCH"));

const TEXT: &CStr = {
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(text) => text,
        Err(_) => panic!("a version holds no NUL"),
    }
};

/// What a change of the binary interface changes: the library's soname ends with it.
const ABI: u32 = 0;

/// The version of the library that is linked: major << 24 | minor << 16 | patch << 8.
///
/// Compare with FENCEPOST_VERSION_NUMBER, the version of the header. Any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn fencepost_version_number() -> u32 {
    MAJOR << 24 | MINOR << 16 | PATCH << 8
}

/// The same as text, such as "1.2.3". Never NULL; static, never to be freed. Any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn fencepost_version_string() -> *const c_char {
    TEXT.as_ptr()
}

/// The version of the binary interface that is linked.
///
/// Programs compiled with a header of another FENCEPOST_ABI_VERSION must be compiled anew. Any
/// thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn fencepost_version_abi() -> u32 {
    ABI
}
