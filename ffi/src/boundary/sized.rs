//! How old is the caller who filled this struct in?

use core::mem::MaybeUninit;

use super::pointer::{Extent, In};
use crate::status::fencepost_status::{self, *};

/// Larger than any struct will ever be: a greater `struct_size` is no size.
const LARGEST: usize = 4096;

/// A struct of options that begins with `uint32_t struct_size`, and in which 0 is every default.
///
/// # Safety
/// It is `repr(C)`, begins with that field, and consists of integers and pointers for which any
/// bytes are valid.
pub(crate) unsafe trait Versioned: Copy {
    /// How many bytes the first published version had, a multiple of 8.
    const FIRST: usize;
}

/// Options as the caller knows them: what an older one did not have is 0, and what a newer one has
/// beyond ours must be 0.
///
/// # Safety
/// If the pointer is neither NULL nor misaligned, a `uint32_t` can be read there, and as many bytes
/// as it says if that is a size that the struct ever had or may come to have.
///
/// # Errors
/// `FENCEPOST_STRUCT_SIZE`, and what a bad pointer gives.
#[inline(always)]
pub(crate) unsafe fn options<T: Versioned>(
    pointer: *const T,
) -> Result<(T, Extent), fencepost_status> {
    // SAFETY: the caller promises as much as is read below.
    let input = unsafe { In::new(pointer) }?;
    // SAFETY: the struct begins with its size, and is aligned to more.
    let size = unsafe { pointer.cast::<u32>().read() } as usize;
    if size == size_of::<T>() {
        return Ok((*input.get(), input.extent()));
    }
    // SAFETY: the same promise.
    unsafe { of_another_age(pointer, size) }
}

/// # Safety
/// As of [`options`].
#[cold]
unsafe fn of_another_age<T: Versioned>(
    pointer: *const T,
    size: usize,
) -> Result<(T, Extent), fencepost_status> {
    if !(T::FIRST..=LARGEST).contains(&size) || !size.is_multiple_of(8) {
        return Err(FENCEPOST_STRUCT_SIZE);
    }
    if pointer.addr().checked_add(size).is_none() {
        return Err(FENCEPOST_LENGTH);
    }
    let bytes = pointer.cast::<u8>();
    let known = size.min(size_of::<T>());
    for at in known..size {
        // SAFETY: below `size`, which the caller says is there.
        let byte = unsafe { bytes.add(at).read() };
        if byte != 0 {
            return Err(FENCEPOST_STRUCT_SIZE);
        }
    }
    let mut value = MaybeUninit::<T>::zeroed();
    // SAFETY: both are at least `known` bytes long, and one of them is ours.
    unsafe { core::ptr::copy_nonoverlapping(bytes, value.as_mut_ptr().cast::<u8>(), known) };
    // SAFETY: any bytes are a `T`, and all of them are set.
    Ok((unsafe { value.assume_init() }, Extent::new(pointer, size)))
}
