//! Law 4, by linking: nothing allocates, nothing panics, nothing reads a clock.
//!
//! This image has no std, no allocator and no operating system, and its panic handler calls a
//! symbol that no object has: a panic that the optimizer can't prove unreachable does not link. The
//! image is not run. Its functions are called with values the optimizer knows nothing of ([`any`]),
//! so that none of their paths is removed.
#![no_std]
#![no_main]

mod audit;
mod broker;
mod journal;
mod pipeline;
mod producer;
mod snapshot;
mod texts;
mod wire;

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

/// Where the linker begins: what can't be reached from here is not in the image.
#[unsafe(no_mangle)]
pub extern "C" fn start() {
    texts::reach();
    wire::reach();
    broker::reach(snapshot::see);
    producer::reach();
    journal::reach();
    #[cfg(feature = "planted-panic")]
    core::hint::black_box(any([1_u8, 2, 3])[any(2_usize)]);
}
