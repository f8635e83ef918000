//! Which snapshot files are there, and which are to be loaded and deleted?

use core::ffi::c_char;

use fencepost::snapshot::files;

use crate::boundary::{InBytes, InSlice, Out, OutBytes, OutSlice, apart, call};
use crate::status::fencepost_status::{self, *};

/// Writes a name and its NUL; `len` is told its length without it.
///
/// # Safety
/// As of [`OutBytes::new`] and [`Out::new`].
unsafe fn write_name(
    made: &str,
    (name, name_size): (*mut c_char, usize),
    len: *mut usize,
) -> Result<(), fencepost_status> {
    // SAFETY: the caller promises the same.
    let (text, len) = unsafe { (OutBytes::new(name.cast(), name_size)?, Out::new(len)?) };
    apart([text.extent(), len.extent()], [])?;
    let (bytes, room) = (made.as_bytes(), text.into_slice());
    let (place, end) = room
        .split_at_mut_checked(bytes.len())
        .and_then(|(place, rest)| Some((place, rest.first_mut()?)))
        .ok_or(FENCEPOST_BUFFER_TOO_SMALL)?;
    place.copy_from_slice(bytes);
    *end = 0;
    len.write(bytes.len());
    Ok(())
}

/// The name of the snapshot file for an offset, as Kafka names it: 20 digits and ".snapshot". It is
/// ended by a NUL, for which FENCEPOST_SNAPSHOT_NAME_SIZE has room; `len` is told its length
/// without it. Any thread, any time.
///
/// Errors: FENCEPOST_BUFFER_TOO_SMALL.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_snapshot_name(
    offset: i64,
    name: *mut c_char,
    name_size: usize,
    len: *mut usize,
) -> fencepost_status {
    // SAFETY: pointers are good for what they are named for: the header asks for it.
    call(|| unsafe { write_name(&files::name(offset), (name, name_size), len) })
}

/// What a snapshot file is renamed to when its segment is deleted: the same and ".deleted". It is
/// deleted for good later, or at the next load, and is no snapshot file any more. As
/// fencepost_snapshot_name. Any thread, any time.
///
/// Errors: FENCEPOST_BUFFER_TOO_SMALL.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_snapshot_deleted_name(
    offset: i64,
    name: *mut c_char,
    name_size: usize,
    len: *mut usize,
) -> fencepost_status {
    // SAFETY: pointers are good for what they are named for: the header asks for it.
    call(|| unsafe { write_name(&files::deleted_name(offset), (name, name_size), len) })
}

/// Whether a file of this name, name_len bytes without NUL, is left over from a deletion, of a
/// snapshot or of anything else, and is to be deleted when the log is loaded. Any thread, any time.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_snapshot_is_deleted(
    name: *const c_char,
    name_len: usize,
    deleted: *mut bool,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (name, out) =
            unsafe { (InBytes::new(name.cast::<u8>(), name_len)?, Out::new(deleted)?) };
        apart([out.extent()], [name.extent()])?;
        // A name that is no UTF-8 ends in ".deleted" if its last bytes do.
        out.write(match core::str::from_utf8(name.get()) {
            Ok(name) => files::is_deleted(name),
            Err(_) => name.get().ends_with(b".deleted"),
        });
        Ok(())
    })
}

/// The offset that a file of this name, name_len bytes without NUL, is named for: the state in it
/// includes everything below. As in Kafka it is the text before the first dot, leading zeros are
/// optional, and a sign is taken. Any thread, any time.
///
/// Errors: FENCEPOST_NOT_FOUND if it is not a snapshot file; FENCEPOST_SNAPSHOT_NAME if it ends in
/// ".snapshot" and is not named for an offset: Kafka fails to load such a folder.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_snapshot_offset(
    name: *const c_char,
    name_len: usize,
    offset: *mut i64,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (name, out) =
            unsafe { (InBytes::new(name.cast::<u8>(), name_len)?, Out::new(offset)?) };
        apart([out.extent()], [name.extent()])?;
        let parsed = match core::str::from_utf8(name.get()) {
            Ok(name) => files::parse_name(name).map_err(|_| FENCEPOST_SNAPSHOT_NAME)?,
            Err(_) if name.get().ends_with(b".snapshot") => return Err(FENCEPOST_SNAPSHOT_NAME),
            Err(_) => None,
        };
        out.write(parsed.ok_or(FENCEPOST_NOT_FOUND)?);
        Ok(())
    })
}

/// The snapshot to load, of a listing of offsets in any order: the highest. O(snapshots). Any
/// thread, any time.
///
/// Errors: FENCEPOST_NOT_FOUND if there is none.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_snapshot_latest(
    snapshots: *const i64,
    snapshots_len: usize,
    offset: *mut i64,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (all, out) = unsafe { (InSlice::new(snapshots, snapshots_len)?, Out::new(offset)?) };
        apart([out.extent()], [all.extent()])?;
        out.write(files::latest(all.get()).ok_or(FENCEPOST_NOT_FOUND)?);
        Ok(())
    })
}

/// The lowest. O(snapshots). Any thread, any time.
///
/// Errors: FENCEPOST_NOT_FOUND if there is none.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_snapshot_oldest(
    snapshots: *const i64,
    snapshots_len: usize,
    offset: *mut i64,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (all, out) = unsafe { (InSlice::new(snapshots, snapshots_len)?, Out::new(offset)?) };
        apart([out.extent()], [all.extent()])?;
        out.write(files::oldest(all.get()).ok_or(FENCEPOST_NOT_FOUND)?);
        Ok(())
    })
}

/// Writes offsets into an array that has room for as many as there are snapshots.
///
/// # Safety
/// The pointers are as the header asks.
unsafe fn choose<'a, I: Iterator<Item = i64>>(
    (snapshots, snapshots_len): (*const i64, usize),
    bases: (*const i64, usize),
    (chosen, chosen_len): (*mut i64, usize),
    count: *mut usize,
    which: impl FnOnce(&'a [i64], &'a [i64]) -> I,
) -> fencepost_status {
    call(|| {
        // SAFETY: the caller promises the same.
        let (all, bases, mut chosen, count) = unsafe {
            let (all, bases) =
                (InSlice::new(snapshots, snapshots_len)?, InSlice::new(bases.0, bases.1)?);
            (all, bases, OutSlice::new(chosen, chosen_len)?, Out::new(count)?)
        };
        apart([chosen.extent(), count.extent()], [all.extent(), bases.extent()])?;
        if chosen.len() < snapshots_len {
            return Err(FENCEPOST_BUFFER_TOO_SMALL);
        }
        let mut written = 0;
        for offset in which(all.get(), bases.get()) {
            chosen.write(written, offset)?;
            written += 1;
        }
        count.write(written);
        Ok(())
    })
}

/// The snapshots to delete when the log is truncated: above its end, or at or below its start.
/// `chosen` has room for as many as there are snapshots, and `count` is told how many there are.
/// O(snapshots). Any thread, any time.
///
/// Errors: FENCEPOST_BUFFER_TOO_SMALL.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_snapshot_outside_log(
    snapshots: *const i64,
    snapshots_len: usize,
    log_start: i64,
    log_end: i64,
    chosen: *mut i64,
    chosen_len: usize,
    count: *mut usize,
) -> fencepost_status {
    let none = (core::ptr::null(), 0);
    // SAFETY: pointers are good for what they are named for: the header asks for it.
    unsafe {
        choose((snapshots, snapshots_len), none, (chosen, chosen_len), count, |all, _| {
            files::outside_log(all, log_start, log_end)
        })
    }
}

/// The snapshots to delete before an offset, in retention: those from 0 on that are below it.
/// `chosen` and `count` are as of fencepost_snapshot_outside_log. O(snapshots). Any thread, any
/// time.
///
/// Errors: FENCEPOST_BUFFER_TOO_SMALL.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_snapshot_before(
    snapshots: *const i64,
    snapshots_len: usize,
    offset: i64,
    chosen: *mut i64,
    chosen_len: usize,
    count: *mut usize,
) -> fencepost_status {
    let none = (core::ptr::null(), 0);
    // SAFETY: pointers are good for what they are named for: the header asks for it.
    unsafe {
        choose((snapshots, snapshots_len), none, (chosen, chosen_len), count, |all, _| {
            files::before(all, offset)
        })
    }
}

/// The snapshots to delete when the log is loaded: those that belong to no segment. The highest of
/// them stays, since a clean shutdown leaves one above the last segment's base; unless it is below
/// that base, and so out of date. `chosen` and `count` are as of fencepost_snapshot_outside_log.
/// O(snapshots x segments). Any thread, any time.
///
/// Errors: FENCEPOST_BUFFER_TOO_SMALL.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_snapshot_strays(
    snapshots: *const i64,
    snapshots_len: usize,
    segment_bases: *const i64,
    segment_bases_len: usize,
    chosen: *mut i64,
    chosen_len: usize,
    count: *mut usize,
) -> fencepost_status {
    let bases = (segment_bases, segment_bases_len);
    // SAFETY: pointers are good for what they are named for: the header asks for it.
    unsafe { choose((snapshots, snapshots_len), bases, (chosen, chosen_len), count, files::strays) }
}
