//! Is this a handle of ours, is it alive, and where is its memory?

use core::sync::atomic::{AtomicUsize, Ordering};

use super::memory::ALIGN;
use super::pointer::{Extent, apart};
use crate::status::fencepost_status::{self, *};

/// How far from a handle's block something must lie to be told apart from it by one comparison.
pub(crate) const MARGIN: usize = 256;

/// What every handle begins its life with.
pub(crate) struct Head {
    /// The type's word, moved by the address: memory that was never initialised, was given back,
    /// holds a handle of another type or was copied elsewhere does not have it. Inverted once a
    /// panic was caught in a call on this handle.
    magic: AtomicUsize,
    /// Bytes of the whole block, the handle and all its arrays.
    len: usize,
    /// These, and of a margin on both sides; all bytes there are, if it uses memory outside.
    reach: usize,
    /// Whether the block is ours to free.
    heap: bool,
}

/// Something behind an opaque pointer.
pub(crate) trait Opaque: Sized {
    /// A word no other type has.
    const MAGIC: usize;

    fn head(&self) -> &Head;
    /// Where the head is, without looking at anything.
    fn head_of(handle: *const Self) -> *const Head;

    /// Memory outside its block that it uses, if there is any.
    #[inline(always)]
    fn beside(&self) -> Option<&[Extent; 2]> {
        None
    }
}

/// Implements [`Opaque`] for a struct with a field `head`.
///
/// What a third argument gives is its memory outside its block.
macro_rules! opaque {
    ($name:ident, $magic:literal $(, $beside:expr)?) => {
        impl $crate::boundary::Opaque for $name {
            // The type's four letters, which an instruction has room for.
            const MAGIC: usize = ($magic >> 16) as u32 as usize;

            #[inline(always)]
            fn head(&self) -> &$crate::boundary::Head {
                &self.head
            }

            #[inline(always)]
            fn head_of(handle: *const Self) -> *const $crate::boundary::Head {
                // Only arithmetic: nothing is read, and where it ends is checked before.
                handle.wrapping_byte_add(core::mem::offset_of!(Self, head)).cast()
            }

            $(
                #[inline(always)]
                fn beside(&self) -> Option<&[$crate::boundary::Extent; 2]> {
                    let beside: fn(&Self) -> Option<&[$crate::boundary::Extent; 2]> = $beside;
                    beside(self)
                }
            )?
        }
    };
}
pub(crate) use opaque;

impl Head {
    /// The head of a handle that will live at `handle`, in a block of `len` bytes.
    pub(crate) fn new<H: Opaque>(handle: *const H, len: usize, heap: bool) -> Self {
        let reach = len.wrapping_add(2 * MARGIN);
        Self { magic: AtomicUsize::new(word::<H>(handle)), len, reach, heap }
    }

    /// From now on it uses memory outside its block.
    pub(crate) fn reaches_beyond(&mut self) {
        self.reach = usize::MAX;
    }

    pub(crate) fn is_heap(&self) -> bool {
        self.heap
    }
}

#[inline(always)]
fn word<H: Opaque>(handle: *const H) -> usize {
    handle.addr().wrapping_add(H::MAGIC)
}

/// What stands where a handle has its word.
///
/// # Safety
/// The handle's bytes can be read there.
#[inline(always)]
unsafe fn found<H: Opaque>(handle: *const H) -> usize {
    let head = H::head_of(handle);
    // SAFETY: it lies inside the handle, which can be read; a word is any bytes.
    unsafe { &(*head).magic }.load(Ordering::Relaxed)
}

/// The handle, if it is a living one that is not poisoned. O(1), and quick.
///
/// # Safety
/// The pointer is aligned to eight, and the handle's bytes can be read there.
#[inline(always)]
pub(crate) unsafe fn well<'a, H: Opaque>(handle: *const H) -> Option<&'a H> {
    // SAFETY: the caller promises it; the word says that a handle was made here and not given back.
    unsafe { if found(handle) == word(handle) { Some(&*handle) } else { None } }
}

/// Whatever comes, this handle is not used any more.
pub(crate) fn poison<H: Opaque>(handle: &H) {
    handle.head().magic.store(!word(core::ptr::from_ref(handle)), Ordering::Relaxed);
}

/// The handle, whether or not it is poisoned.
///
/// # Safety
/// If the pointer is neither NULL nor misaligned, the handle's bytes can be read there: it was a
/// handle once, or is memory of that size.
///
/// # Errors
/// `FENCEPOST_HANDLE` for what is no living handle of this type, and what a bad pointer gives.
#[inline(always)]
pub(crate) unsafe fn peek<'a, H: Opaque>(handle: *const H) -> Result<&'a H, fencepost_status> {
    if handle.is_null() {
        return Err(FENCEPOST_NULL_POINTER);
    }
    // A handle is at the beginning of its block, which is of whole lines.
    if !handle.addr().is_multiple_of(ALIGN) {
        return Err(FENCEPOST_MISALIGNED);
    }
    if handle.addr().checked_add(const { size_of::<H>().next_multiple_of(ALIGN) }).is_none() {
        return Err(FENCEPOST_LENGTH);
    }
    // SAFETY: the caller promises that it can be read.
    let magic = unsafe { found(handle) };
    if magic != word(handle) && magic != !word(handle) {
        return Err(FENCEPOST_HANDLE);
    }
    // SAFETY: the word says that a handle was made here and not given back.
    Ok(unsafe { &*handle })
}

/// The handle for a call that changes nothing, and the extent of its block.
///
/// # Safety
/// As of [`peek`], and nobody changes it meanwhile.
#[inline(always)]
pub(crate) unsafe fn shared<'a, H: Opaque>(handle: *const H) -> Result<&'a H, fencepost_status> {
    // SAFETY: the caller promises the same.
    let found = unsafe { peek(handle) }?;
    if found.head().magic.load(Ordering::Relaxed) != word(handle) {
        return Err(FENCEPOST_POISONED);
    }
    Ok(found)
}

/// The handle for a call that changes it.
///
/// # Safety
/// As of [`peek`], and nobody else uses it meanwhile.
#[inline(always)]
pub(crate) unsafe fn exclusive<'a, H: Opaque>(
    handle: *mut H,
) -> Result<&'a mut H, fencepost_status> {
    // SAFETY: the caller promises more.
    unsafe { shared(handle.cast_const()) }?;
    // SAFETY: it is a living handle, and nobody else uses it.
    Ok(unsafe { &mut *handle })
}

/// Bytes of a handle's block.
#[inline(always)]
pub(crate) fn len_of<H: Opaque>(handle: &H) -> usize {
    handle.head().len
}

/// All bytes that belong to a handle.
#[inline(always)]
pub(crate) fn extent_of<H: Opaque>(handle: &H) -> Extent {
    Extent::new(core::ptr::from_ref(handle), len_of(handle))
}

/// Whether something of at most [`MARGIN`] bytes plainly lies nowhere near a handle's memory. If
/// not, [`apart_from`] tells whether it touches it.
#[inline(always)]
pub(crate) fn is_far_from<H: Opaque>(handle: &H, start: usize) -> bool {
    let behind = start.wrapping_add(MARGIN).wrapping_sub(core::ptr::from_ref(handle).addr());
    behind >= handle.head().reach
}

/// Whether what is written lies apart from all memory of a handle.
///
/// # Errors
/// `FENCEPOST_OVERLAP`.
#[inline(always)]
pub(crate) fn apart_from<H: Opaque, const W: usize>(
    written: [Extent; W],
    handle: &H,
) -> Result<(), fencepost_status> {
    apart(written, [extent_of(handle)])?;
    match handle.beside() {
        None => Ok(()),
        Some(beside) => apart(written, *beside),
    }
}

/// Ends a handle: it is one no longer, and its memory is the caller's again.
///
/// # Safety
/// It is a living handle that nobody else uses.
pub(crate) unsafe fn end<H: Opaque>(handle: *mut H) {
    let head = H::head_of(handle).cast_mut();
    // SAFETY: a living handle has a head, which may be written. Handles own nothing outside their
    // block but what their own `fini` gave back before.
    unsafe { (&raw mut (*head).magic).write(AtomicUsize::new(0)) };
}
