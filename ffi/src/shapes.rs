//! How do most calls begin and end?
//!
//! Each function here is a whole call but for what it is about: it checks what came from C, keeps
//! what is written apart from what is read, and writes on success alone. Calls with another shape
//! do the same steps themselves.

use crate::boundary::handle::apart_from;
use crate::boundary::{Extent, Opaque, Out, OutBytes, OutSlice, apart, on, on_mut};
use crate::error::{Teller, fencepost_error};
use crate::status::fencepost_status;

type Checked<T> = Result<T, fencepost_status>;

/// What a call reads beside its handle, and where that lies.
pub(crate) type Inputs<I, const R: usize> = Checked<(I, [Extent; R])>;

/// Nothing beside the handle.
#[expect(clippy::unnecessary_wraps, reason = "it stands where others check")]
pub(crate) const fn nothing() -> Inputs<(), 0> {
    Ok(((), []))
}

/// A call that may change its handle, and writes one struct or tells why not.
///
/// # Safety
/// The handle and what is written are as the header asks; so is what `inputs` reads.
#[inline(always)]
pub(crate) unsafe fn answer<H: Opaque, I, T: Copy, const R: usize>(
    handle: *mut H,
    inputs: impl FnOnce() -> Inputs<I, R>,
    out: *mut T,
    error: *mut fencepost_error,
    body: impl FnOnce(&mut H, I, Teller) -> Checked<T>,
) -> fencepost_status {
    // SAFETY: the caller promises the same.
    unsafe {
        on_mut(handle, |handle| {
            let (inputs, read) = inputs()?;
            let (out, teller) = (Out::new(out)?, Teller::new(error)?);
            let written = [out.extent(), teller.extent(), teller.text()];
            apart(written, read)?;
            apart_from(written, handle)?;
            out.write(body(handle, inputs, teller)?);
            Ok(())
        })
    }
}

/// A call that may change its handle, fills a buffer, and writes one struct about that.
///
/// # Safety
/// As of [`answer`].
#[inline(always)]
pub(crate) unsafe fn fill<H: Opaque, I, T: Copy, const R: usize>(
    handle: *mut H,
    inputs: impl FnOnce() -> Inputs<I, R>,
    (buffer, size): (*mut u8, usize),
    out: *mut T,
    error: *mut fencepost_error,
    body: impl FnOnce(&mut H, I, OutBytes<'_>, Teller) -> Checked<T>,
) -> fencepost_status {
    // SAFETY: the caller promises the same.
    unsafe {
        on_mut(handle, |handle| {
            let (inputs, read) = inputs()?;
            let (buffer, out) = (OutBytes::new(buffer, size)?, Out::new(out)?);
            let teller = Teller::new(error)?;
            let written = [buffer.extent(), out.extent(), teller.extent(), teller.text()];
            apart(written, read)?;
            apart_from(written, handle)?;
            out.write(body(handle, inputs, buffer, teller)?);
            Ok(())
        })
    }
}

/// A call that may change its handle, and writes nothing but why it was refused.
///
/// # Safety
/// As of [`answer`].
#[inline(always)]
pub(crate) unsafe fn command<H: Opaque, I, const R: usize>(
    handle: *mut H,
    inputs: impl FnOnce() -> Inputs<I, R>,
    error: *mut fencepost_error,
    body: impl FnOnce(&mut H, I, Teller) -> Checked<()>,
) -> fencepost_status {
    // SAFETY: the caller promises the same.
    unsafe {
        on_mut(handle, |handle| {
            let (inputs, read) = inputs()?;
            let teller = Teller::new(error)?;
            let written = [teller.extent(), teller.text()];
            apart(written, read)?;
            apart_from(written, handle)?;
            body(handle, inputs, teller)
        })
    }
}

/// A call that only reads its handle, and writes one struct.
///
/// # Safety
/// As of [`answer`].
#[inline(always)]
pub(crate) unsafe fn look<'a, H: Opaque + 'a, T: Copy>(
    handle: *const H,
    out: *mut T,
    body: impl FnOnce(&'a H) -> Checked<T>,
) -> fencepost_status {
    // SAFETY: the caller promises the same.
    unsafe {
        on(handle, |handle| {
            let out = Out::new(out)?;
            apart_from([out.extent()], handle)?;
            out.write(body(handle)?);
            Ok(())
        })
    }
}

/// A call that lists what its handle holds, from number `from` on, as many as there is room for.
///
/// # Safety
/// As of [`answer`].
#[inline(always)]
pub(crate) unsafe fn list<'a, H: Opaque + 'a, T: Copy, I: Iterator<Item = T>>(
    handle: *const H,
    from: usize,
    (array, len): (*mut T, usize),
    count: *mut usize,
    all: impl FnOnce(&'a H) -> Checked<I>,
) -> fencepost_status {
    // SAFETY: the caller promises the same.
    unsafe {
        on(handle, |handle| {
            let (mut array, count) = (OutSlice::new(array, len)?, Out::new(count)?);
            apart_from([array.extent(), count.extent()], handle)?;
            let mut written = 0;
            for one in all(handle)?.skip(from).take(array.len()) {
                array.write(written, one)?;
                written += 1;
            }
            count.write(written);
            Ok(())
        })
    }
}
