//! What becomes of a panic, and of a result?

use super::handle::{Opaque, exclusive, poison, shared};
use crate::status::fencepost_status::{self, *};

type Body = Result<(), fencepost_status>;

/// Runs the body. A panic ends here.
#[cfg(feature = "std")]
#[inline(always)]
fn caught(body: impl FnOnce() -> Body) -> Result<Body, ()> {
    #[cfg(feature = "planted-panic")]
    let body = || planted::around(body);
    // What a panic leaves behind is never looked at again: the handle is poisoned.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)).map_err(drop)
}

/// A panic put in on purpose, where any of the library's own would be.
#[cfg(feature = "planted-panic")]
mod planted {
    use core::sync::atomic::{AtomicU32, Ordering};

    use super::Body;

    static WHEN: AtomicU32 = AtomicU32::new(0);

    #[unsafe(no_mangle)]
    extern "C" fn fencepost_planted_panic(when: u32) {
        WHEN.store(when, Ordering::Relaxed);
    }

    pub(super) fn around(body: impl FnOnce() -> Body) -> Body {
        let when = WHEN.swap(0, Ordering::Relaxed);
        assert_ne!(when, 1, "planted, before the body");
        let done = body();
        assert_ne!(when, 2, "planted, after the body");
        done
    }
}

/// Without `std` nothing unwinds: the panic handler has the last word.
#[cfg(not(feature = "std"))]
#[inline(always)]
fn caught(body: impl FnOnce() -> Body) -> Result<Body, ()> {
    Ok(body())
}

#[inline(always)]
fn status(body: Body) -> fencepost_status {
    match body {
        Ok(()) => FENCEPOST_OK,
        Err(status) => status,
    }
}

/// A call on no handle.
#[inline(always)]
pub(crate) fn call(body: impl FnOnce() -> Body) -> fencepost_status {
    caught(body).map_or(FENCEPOST_PANIC, status)
}

/// A call on a handle without the checks that are made one by one. `None` if they are needed: then
/// the same is to be called with them, and nothing has happened.
///
/// # Safety
/// As of [`shared`].
#[inline(always)]
pub(crate) unsafe fn plainly<H: Opaque>(
    handle: *const H,
    body: impl FnOnce() -> bool,
) -> Option<fencepost_status> {
    match caught(|| if body() { Ok(()) } else { Err(FENCEPOST_STATE) }) {
        Ok(Ok(())) => Some(FENCEPOST_OK),
        Ok(Err(_)) => None,
        // SAFETY: the caller promises the same.
        Err(()) => Some(unsafe { panicked(handle) }),
    }
}

/// # Safety
/// As of [`shared`].
#[cold]
unsafe fn panicked<H: Opaque>(handle: *const H) -> fencepost_status {
    // SAFETY: the caller promises the same.
    match unsafe { shared(handle) } {
        Err(status) => status,
        Ok(handle) => {
            poison(handle);
            FENCEPOST_PANIC
        }
    }
}

/// A call that only reads its handle.
///
/// # Safety
/// As of [`shared`].
#[inline(always)]
pub(crate) unsafe fn on<'a, H: Opaque + 'a>(
    handle: *const H,
    body: impl FnOnce(&'a H) -> Body,
) -> fencepost_status {
    // SAFETY: the caller promises the same.
    match unsafe { shared(handle) } {
        Err(status) => status,
        Ok(handle) => match caught(|| body(handle)) {
            Ok(done) => status(done),
            Err(()) => {
                poison(handle);
                FENCEPOST_PANIC
            }
        },
    }
}

/// A call that changes its handle.
///
/// # Safety
/// As of [`exclusive`].
#[inline(always)]
pub(crate) unsafe fn on_mut<H: Opaque>(
    handle: *mut H,
    body: impl FnOnce(&mut H) -> Body,
) -> fencepost_status {
    // SAFETY: the caller promises the same.
    match unsafe { exclusive(handle) } {
        Err(status) => status,
        Ok(handle) => match caught(|| body(handle)) {
            Ok(done) => status(done),
            Err(()) => {
                poison(handle);
                FENCEPOST_PANIC
            }
        },
    }
}
