//! Where do a handle's parts lie in the one block of memory that it has?

#[cfg(feature = "std")]
use core::alloc::Layout;

#[cfg(feature = "std")]
use super::handle::len_of;
use super::handle::{Head, Opaque, end, peek};
use super::pointer::{Extent, Out, apart};
use crate::status::fencepost_status::{self, *};

/// What every block is aligned to: a cache line, which the index of a partition asks for.
pub(crate) const ALIGN: usize = 64;

/// Lays arrays out one after the other.
///
/// The same steps are made twice: once to count the bytes, once to fill them.
pub(crate) struct Carver {
    /// NULL while only counting.
    base: *mut u8,
    used: usize,
}

impl Carver {
    /// The bytes that a handle and its arrays take; none if that is more than memory can hold.
    fn count<H: Opaque>(lay_out: impl FnOnce(&mut Self) -> Option<()>) -> Option<usize> {
        let mut carver = Self { base: core::ptr::null_mut(), used: size_of::<H>() };
        lay_out(&mut carver)?;
        let bytes = carver.used.checked_next_multiple_of(ALIGN)?;
        (bytes <= isize::MAX as usize - ALIGN).then_some(bytes)
    }

    /// The next array, all of its elements `empty`. Counting gives an empty one; so does a length
    /// beyond the block, which counting has excluded.
    pub(crate) fn array<T: Clone>(&mut self, len: usize, empty: T) -> Option<&'static mut [T]> {
        const { assert!(align_of::<T>() <= ALIGN) };
        let start = self.used.checked_next_multiple_of(align_of::<T>())?;
        self.used = start.checked_add(len.checked_mul(size_of::<T>())?)?;
        if self.base.is_null() || len == 0 {
            return Some(&mut []);
        }
        // SAFETY: counting the same steps has shown that the block is long enough.
        let first = unsafe { self.base.add(start) }.cast::<T>();
        for n in 0..len {
            // SAFETY: inside the block, aligned, and written before anyone reads it.
            unsafe { first.add(n).write(empty.clone()) };
        }
        // SAFETY: all elements are set; the block is the handle's alone until it ends, and these
        // bytes of it are this array's alone.
        Some(unsafe { core::slice::from_raw_parts_mut(first, len) })
    }
}

/// An array of a handle's block that has one owner after another.
pub(crate) struct Lent<T: 'static> {
    first: *mut T,
    len: usize,
}

impl<T: Clone> Lent<T> {
    pub(crate) fn of(array: &'static mut [T]) -> Self {
        Self { first: array.as_mut_ptr(), len: array.len() }
    }

    /// The array for its next owner, all of its elements `empty`.
    ///
    /// # Safety
    /// The owner before has let go of it.
    pub(crate) unsafe fn lend(&mut self, empty: &T) -> &'static mut [T] {
        for n in 0..self.len {
            // SAFETY: inside the array, which belongs to nobody now; its elements hold nothing that
            // must be given back.
            unsafe { self.first.add(n).write(empty.clone()) };
        }
        // SAFETY: the array was lent as a slice of this length before, and has no owner.
        unsafe { core::slice::from_raw_parts_mut(self.first, self.len) }
    }
}

/// What a type of handle is made of.
pub(crate) trait Parts: Opaque {
    /// What its size depends on.
    type Plan: Copy;
    /// The arrays.
    type Arrays;

    /// The arrays, in a fixed order. `None` if their bytes can't be counted.
    fn lay_out(plan: Self::Plan, carver: &mut Carver) -> Option<Self::Arrays>;
    /// The handle.
    fn make(plan: Self::Plan, head: Head, arrays: Self::Arrays) -> Self;
    /// Gives back what it holds outside its block, also after a panic: a file's lock must not
    /// outlive its handle.
    fn release(&mut self) {}
}

/// Bytes of a handle.
pub(crate) fn size<H: Parts>(plan: H::Plan) -> Result<usize, fencepost_status> {
    let counted = Carver::count::<H>(|carver| H::lay_out(plan, carver).map(drop));
    counted.ok_or(FENCEPOST_LENGTH)
}

/// Makes a handle in the caller's memory.
///
/// # Safety
/// If the pointer and the length say nothing against it, the memory can be written, and it is the
/// handle's alone until `fini`.
pub(crate) unsafe fn init<H: Parts>(
    memory: *mut u8,
    len: usize,
    plan: H::Plan,
    read: [Extent; 1],
    out: *mut *mut H,
) -> Result<(), fencepost_status> {
    // SAFETY: the caller promises that it can be written.
    let out = unsafe { Out::new(out) }?;
    if memory.is_null() {
        return Err(FENCEPOST_NULL_POINTER);
    }
    if !memory.addr().is_multiple_of(ALIGN) {
        return Err(FENCEPOST_MISALIGNED);
    }
    if len > isize::MAX as usize || memory.addr().checked_add(len).is_none() {
        return Err(FENCEPOST_LENGTH);
    }
    let wanted = size::<H>(plan)?;
    if len < wanted {
        return Err(FENCEPOST_BUFFER_TOO_SMALL);
    }
    let [options] = read;
    apart([Extent::new(memory, wanted), out.extent()], [options])?;
    // SAFETY: aligned, long enough, and the caller's to give.
    out.write(unsafe { build::<H>(memory, wanted, plan, false) }?);
    Ok(())
}

/// # Safety
/// The block is writable, aligned, and of the bytes that [`size`] says.
unsafe fn build<H: Parts>(
    block: *mut u8,
    len: usize,
    plan: H::Plan,
    heap: bool,
) -> Result<*mut H, fencepost_status> {
    let mut carver = Carver { base: block, used: size_of::<H>() };
    let arrays = H::lay_out(plan, &mut carver).ok_or(FENCEPOST_LENGTH)?;
    let handle = block.cast::<H>();
    let made = H::make(plan, Head::new(handle, len, heap), arrays);
    // SAFETY: the block begins with room for the handle, which no array touches.
    unsafe { handle.write(made) };
    Ok(handle)
}

/// Makes a handle on the heap.
///
/// # Safety
/// If the pointer says nothing against it, it can be written.
#[cfg(feature = "std")]
pub(crate) unsafe fn new<H: Parts>(
    plan: H::Plan,
    read: [Extent; 1],
    out: *mut *mut H,
) -> Result<(), fencepost_status> {
    // SAFETY: the caller promises that it can be written.
    let out = unsafe { Out::new(out) }?;
    apart([out.extent()], read)?;
    let len = size::<H>(plan)?;
    let layout = Layout::from_size_align(len, ALIGN).map_err(|_| FENCEPOST_LENGTH)?;
    // SAFETY: no handle is of zero bytes.
    let block = unsafe { std::alloc::alloc(layout) };
    if block.is_null() {
        return Err(FENCEPOST_MEMORY);
    }
    // SAFETY: the block was made to measure.
    out.write(unsafe { build::<H>(block, len, plan, true) }?);
    Ok(())
}

/// Ends a handle in the caller's memory.
///
/// # Safety
/// As of [`peek`], and nobody else uses the handle.
pub(crate) unsafe fn fini<H: Parts>(handle: *mut H) -> Result<(), fencepost_status> {
    // SAFETY: the caller promises the same.
    if unsafe { peek(handle) }?.head().is_heap() {
        return Err(FENCEPOST_HANDLE);
    }
    // SAFETY: it is a living handle that nobody else uses.
    unsafe { release(handle) };
    Ok(())
}

/// Frees a handle. NULL, and what is no handle from the heap, is left alone.
///
/// # Safety
/// As of [`peek`], and nobody else uses the handle.
#[cfg(feature = "std")]
pub(crate) unsafe fn free<H: Parts>(handle: *mut H) {
    // SAFETY: the caller promises the same.
    let Ok(found) = (unsafe { peek(handle) }) else { return };
    let (heap, len) = (found.head().is_heap(), len_of(found));
    let Ok(layout) = Layout::from_size_align(len, ALIGN) else { return };
    if !heap {
        return;
    }
    // SAFETY: it is a living handle that nobody else uses.
    unsafe { release(handle) };
    // SAFETY: `new` allocated it with this layout.
    unsafe { std::alloc::dealloc(handle.cast(), layout) };
}

/// # Safety
/// It is a living handle that nobody else uses; it may be poisoned.
unsafe fn release<H: Parts>(handle: *mut H) {
    // SAFETY: the caller promises it. What a panic left is still of its type.
    unsafe { (*handle).release() };
    // SAFETY: the same.
    unsafe { end(handle) };
}
