//! Law 4, by linking: nothing allocates, nothing panics, nothing reads a clock.
//!
//! The image holds every public function of the crate: a table of their addresses, which
//! `functions.py` writes from what rustdoc knows, so that none is forgotten. Whoever has an address
//! may call with anything, so the optimizer can't take a path out for the arguments it sees.
//!
//! There is no std, no allocator and no operating system, and the panic handler calls a symbol that
//! no object has: a panic that the optimizer can't prove unreachable does not link. The image is
//! not run.
#![no_std]
#![no_main]

// An image of one room leaves out the others.
#[allow(dead_code)]
mod by_hand;
#[allow(dead_code)]
mod types;

unsafe extern "C" {
    /// Defined nowhere.
    safe fn a_panic_path_is_left() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    a_panic_path_is_left()
}

/// Some value of the type, as far as the optimizer knows.
fn any<T>(value: T) -> T {
    core::hint::black_box(value)
}

/// A function's address: a root of the image.
#[repr(transparent)]
pub struct Root(*const ());

/// SAFETY: an address that nobody writes through.
unsafe impl Sync for Root {}

include!(env!("FENCEPOST_FUNCTIONS"));

/// Where the linker begins: what can't be reached from here is not in the image.
#[unsafe(no_mangle)]
pub extern "C" fn start() -> *const Root {
    FUNCTIONS.as_ptr()
}
