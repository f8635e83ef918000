//! How is memory asked for before it is needed?
//!
//! On x86-64 with std by the instruction for it, which waits for nothing; elsewhere by a read whose
//! value nobody uses, which a core that looks ahead does not wait for either.

#[cfg(all(feature = "std", target_arch = "x86_64", target_feature = "sse2"))]
pub(crate) use safe_arch::prefetch_t0 as prefetch;

/// Asks for the cache line where this begins.
#[cfg(not(all(feature = "std", target_arch = "x86_64", target_feature = "sse2")))]
#[inline(always)]
pub(crate) fn prefetch<T: Copy>(place: &T) {
    core::hint::black_box(*place);
}
