//! Is there memory behind this pointer, as far as that can be told, and who else uses it?

use core::marker::PhantomData;

use crate::status::fencepost_status::{self, *};

type Checked<T> = Result<T, fencepost_status>;

/// Bytes that a call reads or writes.
#[derive(Clone, Copy)]
pub(crate) struct Extent {
    start: usize,
    /// What is checked never wraps around the end of memory.
    len: usize,
}

impl Extent {
    /// No bytes: it touches nothing.
    pub(crate) const NOTHING: Self = Self { start: 0, len: 0 };

    #[inline(always)]
    pub(crate) fn new<T>(start: *const T, len: usize) -> Self {
        Self { start: start.addr(), len }
    }

    #[inline(always)]
    const fn touches(self, other: Self) -> bool {
        // How far this one's last byte lies behind the other's first: less than both are long, less
        // the byte that is counted twice, and not negative. One comparison.
        let reach = self.start.wrapping_add(self.len).wrapping_sub(1).wrapping_sub(other.start);
        let both = self.len.wrapping_add(other.len).wrapping_sub(1);
        (self.len != 0) & (other.len != 0) & (reach < both)
    }
}

/// Whether what is written lies apart from each other and from what is read.
///
/// # Errors
/// `FENCEPOST_OVERLAP`.
#[inline(always)]
pub(crate) const fn apart<const W: usize, const R: usize>(
    written: [Extent; W],
    read: [Extent; R],
) -> Checked<()> {
    let (mut touching, mut n) = (false, 0);
    // Counted by hand, so that the compiler unrolls it: it is in front of every call.
    while n < W {
        let mut other = n + 1;
        while other < W {
            touching |= written[n].touches(written[other]);
            other += 1;
        }
        let mut other = 0;
        while other < R {
            touching |= written[n].touches(read[other]);
            other += 1;
        }
        n += 1;
    }
    if touching { Err(FENCEPOST_OVERLAP) } else { Ok(()) }
}

/// Whether these addresses are plainly good: multiples of eight, not NULL, and not in the upper
/// half of memory, where they could wrap and hardly any program has something. Two instructions
/// each; a bad one has to be told by [`check`].
#[inline(always)]
pub(crate) const fn are_plain<const N: usize>(addresses: [usize; N]) -> bool {
    let (mut all, mut n) = (0, 0);
    while n < N {
        // Of 0 the highest bit is set then, and the lowest three stay what they are.
        all |= addresses[n].wrapping_sub(8);
        n += 1;
    }
    all.rotate_left(1) & 0b1111 == 0
}

#[inline(always)]
fn check<T>(pointer: *const T) -> Checked<()> {
    if pointer.is_null() {
        Err(FENCEPOST_NULL_POINTER)
    } else if !pointer.is_aligned() {
        Err(FENCEPOST_MISALIGNED)
    } else if pointer.addr().checked_add(size_of::<T>()).is_none() {
        Err(FENCEPOST_LENGTH)
    } else {
        Ok(())
    }
}

#[inline(always)]
fn check_many<T>(pointer: *const T, len: usize) -> Checked<()> {
    if len == 0 {
        return Ok(());
    }
    check(pointer)?;
    let bytes = len.checked_mul(size_of::<T>()).filter(|bytes| *bytes <= isize::MAX as usize);
    match bytes.and_then(|bytes| pointer.addr().checked_add(bytes)) {
        Some(_) => Ok(()),
        None => Err(FENCEPOST_LENGTH),
    }
}

/// A plain struct that is read.
#[derive(Clone, Copy)]
pub(crate) struct In<'a, T> {
    pointer: *const T,
    life: PhantomData<&'a T>,
}

impl<'a, T> In<'a, T> {
    /// Checks the pointer. `T` is made of integers and pointers only, so any bytes are one.
    ///
    /// # Safety
    /// If it is neither NULL nor misaligned, a `T` can be read there for the whole call.
    #[inline(always)]
    pub(crate) unsafe fn new(pointer: *const T) -> Checked<Self> {
        check(pointer)?;
        Ok(Self { pointer, life: PhantomData })
    }

    /// The same of one whose address [`are_plain`] has found good.
    ///
    /// # Safety
    /// As of [`In::new`].
    #[inline(always)]
    pub(crate) const unsafe fn plain(pointer: *const T) -> Self {
        const { assert!(align_of::<T>() <= 8) };
        Self { pointer, life: PhantomData }
    }

    /// The bits of all words from this byte on, a multiple of eight, of one that lies at such an
    /// address.
    ///
    /// # Safety
    /// [`are_plain`] has found its address good.
    #[inline(always)]
    pub(crate) unsafe fn bits_from(&self, offset: usize) -> u64 {
        const { assert!(size_of::<T>().is_multiple_of(8)) };
        let (mut bits, mut at) = (0, offset);
        while at < size_of::<T>() {
            // SAFETY: inside a struct that `new`'s caller promised, and aligned to eight.
            bits |= unsafe { self.pointer.cast::<u64>().byte_add(at).read() };
            at += 8;
        }
        bits
    }

    /// The same of one that may be left out.
    ///
    /// # Safety
    /// As of [`In::new`].
    #[inline(always)]
    pub(crate) unsafe fn optional(pointer: *const T) -> Checked<Option<Self>> {
        if pointer.is_null() {
            return Ok(None);
        }
        // SAFETY: the caller promises the same.
        unsafe { Self::new(pointer) }.map(Some)
    }

    #[inline(always)]
    pub(crate) fn extent(&self) -> Extent {
        Extent::new(self.pointer, size_of::<T>())
    }

    #[inline(always)]
    pub(crate) fn get(&self) -> &'a T {
        // SAFETY: it is aligned and not NULL, and `new`'s caller promised the rest.
        unsafe { &*self.pointer }
    }
}

/// A plain struct that is written, on success alone.
#[derive(Clone, Copy)]
pub(crate) struct Out<T> {
    pointer: *mut T,
}

impl<T: Copy> Out<T> {
    /// Checks the pointer.
    ///
    /// # Safety
    /// If it is neither NULL nor misaligned, a `T` can be written there for the whole call.
    #[inline(always)]
    pub(crate) unsafe fn new(pointer: *mut T) -> Checked<Self> {
        check(pointer)?;
        Ok(Self { pointer })
    }

    /// The same of one that nobody need ask for.
    ///
    /// # Safety
    /// As of [`Out::new`].
    #[inline(always)]
    pub(crate) unsafe fn optional(pointer: *mut T) -> Checked<Option<Self>> {
        if pointer.is_null() {
            return Ok(None);
        }
        // SAFETY: the caller promises the same.
        unsafe { Self::new(pointer) }.map(Some)
    }

    /// The same of one whose address [`are_plain`] has found good.
    ///
    /// # Safety
    /// As of [`Out::new`].
    #[inline(always)]
    pub(crate) const unsafe fn plain(pointer: *mut T) -> Self {
        const { assert!(align_of::<T>() <= 8) };
        Self { pointer }
    }

    #[inline(always)]
    pub(crate) fn extent(&self) -> Extent {
        Extent::new(self.pointer, size_of::<T>())
    }

    #[inline(always)]
    pub(crate) fn write(self, value: T) {
        // SAFETY: it is aligned and not NULL, and `new`'s caller promised the rest.
        unsafe { self.pointer.write(value) }
    }

    /// Where a value can be put field by field. Nothing there may be read.
    #[inline(always)]
    pub(crate) fn as_ptr(self) -> *mut T {
        self.pointer
    }
}

/// An array that is read; NULL may stand for one of no elements.
#[derive(Clone, Copy)]
pub(crate) struct InSlice<'a, T> {
    pointer: *const T,
    len: usize,
    life: PhantomData<&'a [T]>,
}

pub(crate) type InBytes<'a> = InSlice<'a, u8>;

impl<'a, T> InSlice<'a, T> {
    /// Checks the pointer and the length.
    ///
    /// # Safety
    /// If these say nothing against it, so many `T` can be read there for `'a`, and nobody writes
    /// to them meanwhile.
    #[inline(always)]
    pub(crate) unsafe fn new(pointer: *const T, len: usize) -> Checked<Self> {
        check_many(pointer, len)?;
        Ok(Self { pointer, len, life: PhantomData })
    }

    #[inline(always)]
    pub(crate) fn extent(&self) -> Extent {
        Extent::new(self.pointer, self.len.wrapping_mul(size_of::<T>()))
    }

    #[inline(always)]
    pub(crate) fn get(&self) -> &'a [T] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: it is aligned, not NULL and of a length that memory can hold; `new`'s caller
        // promised the rest.
        unsafe { core::slice::from_raw_parts(self.pointer, self.len) }
    }
}

/// An array that is written; NULL may stand for one of no elements.
pub(crate) struct OutSlice<'a, T> {
    pointer: *mut T,
    len: usize,
    life: PhantomData<&'a mut [T]>,
}

pub(crate) type OutBytes<'a> = OutSlice<'a, u8>;

impl<'a, T: Copy> OutSlice<'a, T> {
    /// Checks the pointer and the length.
    ///
    /// # Safety
    /// If these say nothing against it, so many `T` can be written there for `'a`, and nobody else
    /// touches them meanwhile.
    #[inline(always)]
    pub(crate) unsafe fn new(pointer: *mut T, len: usize) -> Checked<Self> {
        check_many(pointer, len)?;
        Ok(Self { pointer, len, life: PhantomData })
    }

    #[inline(always)]
    pub(crate) fn extent(&self) -> Extent {
        Extent::new(self.pointer, self.len.wrapping_mul(size_of::<T>()))
    }

    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Writes an element; whoever asks for one behind the end has counted wrong.
    #[inline(always)]
    pub(crate) fn write(&mut self, n: usize, value: T) -> Checked<()> {
        if n >= self.len {
            return Err(FENCEPOST_BUFFER_TOO_SMALL);
        }
        // SAFETY: it is inside an array that `new` checked and whose caller promised the rest.
        unsafe { self.pointer.add(n).write(value) };
        Ok(())
    }
}

impl<'a> OutSlice<'a, u8> {
    /// The bytes. C may not have written any of them yet, so they are only ever written before they
    /// are read; a batch that is changed in place is the caller's data throughout.
    #[inline(always)]
    pub(crate) fn into_slice(self) -> &'a mut [u8] {
        if self.len == 0 {
            return &mut [];
        }
        // SAFETY: it is not NULL and of a length that memory can hold; `new`'s caller promised the
        // rest, and `apart` was asked whether anything else of the call touches it.
        unsafe { core::slice::from_raw_parts_mut(self.pointer, self.len) }
    }
}
