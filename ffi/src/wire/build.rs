//! Writing a batch into the caller's buffer.

use core::ffi::c_void;

use fencepost::wire::{
    Attributes, BatchBuilder, BatchOptions, MarkerBatch, RecordHeader, RecordToWrite,
    write_end_txn_marker,
};

use crate::batch::{flag, marker_kind};
use crate::boundary::handle::extent_of;
use crate::boundary::memory::{self, Parts};
use crate::boundary::{
    Carver, Extent, Head, In, InBytes, InSlice, Out, OutBytes, Versioned, apart, call, handle, on,
    on_mut, options,
};
use crate::error::{Teller, fencepost_error};
use crate::ids::fencepost_stamp;
use crate::status::fencepost_status::{self, *};

/// How a batch is to be built. 0 is every default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_batch_options {
    /// sizeof(fencepost_batch_options).
    pub struct_size: u32,
    /// The leader's epoch; a producer writes 0, as it is not part of the CRC.
    pub partition_leader_epoch: i32,
    /// Offset of the first record; a producer writes 0.
    pub base_offset: i64,
    /// 1 if the base timestamp is given; otherwise it is that of the first record.
    pub has_base_timestamp: u32,
    /// Attributes: the transactional bit, 0x10. A codec is refused.
    pub attributes: i16,
    /// 0.
    pub reserved: u16,
    /// The base timestamp, in milliseconds since 1970.
    pub base_timestamp: i64,
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers only.
unsafe impl Versioned for fencepost_batch_options {
    const FIRST: usize = 16;
}

impl fencepost_batch_options {
    fn read(&self) -> Result<BatchOptions, fencepost_status> {
        if self.reserved != 0 {
            return Err(FENCEPOST_VALUE);
        }
        Ok(BatchOptions {
            attributes: Attributes(self.attributes),
            base_timestamp: flag(self.has_base_timestamp)?.then_some(self.base_timestamp),
            partition_leader_epoch: self.partition_leader_epoch,
            base_offset: self.base_offset,
        })
    }
}

/// A header of a record. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_record_header {
    /// The key; NULL only if it is empty.
    pub key: *const u8,
    /// Its bytes.
    pub key_len: usize,
    /// The value; NULL for a null value.
    pub value: *const u8,
    /// Its bytes.
    pub value_len: usize,
}

/// A record that is to be written. All that it points to stays the caller's, and is read during the
/// call only.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_record {
    /// sizeof(fencepost_record).
    pub struct_size: u32,
    /// How many headers there are, at most FENCEPOST_RECORD_HEADERS_MAX.
    pub headers_len: u32,
    /// Milliseconds since 1970.
    pub timestamp: i64,
    /// The key; NULL for a null key.
    pub key: *const u8,
    /// Its bytes; 0 for a null key.
    pub key_len: usize,
    /// The value; NULL for a null value.
    pub value: *const u8,
    /// Its bytes; 0 for a null value.
    pub value_len: usize,
    /// The headers; NULL if there are none.
    pub headers: *const fencepost_record_header,
    /// NULL.
    pub reserved: *const c_void,
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers and pointers only.
unsafe impl Versioned for fencepost_record {
    const FIRST: usize = size_of::<Self>();
}

/// More headers than this a record can't be given.
pub(crate) const HEADERS_MAX: usize = 32;

/// Writes a record batch of format 2 into a buffer of the caller.
///
/// Made by fencepost_builder_new or fencepost_builder_init. One thread at a time.
pub struct fencepost_builder {
    head: Head,
    /// None once the batch is finished.
    builder: Option<BatchBuilder<'static>>,
    /// Where the batch is written.
    buffer: Extent,
}
handle::opaque!(fencepost_builder, 0x6670_6275_696c_0001_u64);

impl Parts for fencepost_builder {
    type Plan = ();
    type Arrays = ();

    fn lay_out(_: (), _: &mut Carver) -> Option<()> {
        Some(())
    }

    fn make(_: (), head: Head, _: ()) -> Self {
        Self { head, builder: None, buffer: Extent::NOTHING }
    }
}

/// How many bytes fencepost_builder_init needs. Any thread, any time.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_builder_size(size: *mut usize) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let size = unsafe { Out::new(size) }?;
        size.write(memory::size::<fencepost_builder>(())?);
        Ok(())
    })
}

/// Makes a builder in memory of the caller, aligned to FENCEPOST_ALIGN and of at least what
/// fencepost_builder_size says, which must not be touched or moved until fencepost_builder_fini.
/// fencepost_builder_begin comes next.
///
/// Errors: FENCEPOST_MISALIGNED, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_LENGTH.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_builder_init(
    memory: *mut c_void,
    memory_size: usize,
    builder: *mut *mut fencepost_builder,
) -> fencepost_status {
    // SAFETY: pointers are good for what they are named for: the header asks for it.
    call(|| unsafe { memory::init(memory.cast(), memory_size, (), [Extent::NOTHING], builder) })
}

/// Ends a builder made by fencepost_builder_init, and a batch that is not finished with it.
///
/// Errors: FENCEPOST_HANDLE, also for one made by fencepost_builder_new, which is left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_builder_fini(
    builder: *mut fencepost_builder,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    call(|| unsafe { memory::fini(builder) })
}

/// Makes a builder on the heap; fencepost_builder_begin comes next. The caller owns it and gives it
/// back with fencepost_builder_free.
///
/// Errors: FENCEPOST_MEMORY.
#[cfg(feature = "std")]
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_builder_new(
    builder: *mut *mut fencepost_builder,
) -> fencepost_status {
    // SAFETY: pointers are good for what they are named for: the header asks for it.
    call(|| unsafe { memory::new((), [Extent::NOTHING], builder) })
}

/// Frees a builder made by fencepost_builder_new. NULL is left alone.
#[cfg(feature = "std")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_builder_free(builder: *mut fencepost_builder) {
    // SAFETY: the header says what a handle must be.
    call(|| unsafe {
        memory::free(builder);
        Ok(())
    });
}

/// Begins a batch in a buffer, and drops one that was begun and not finished. Until
/// fencepost_builder_finish the buffer must not be touched or freed. O(1).
///
/// Errors: FENCEPOST_BUILD_FULL if not even a header has room, FENCEPOST_BUILD_CODEC,
/// FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_builder_begin(
    builder: *mut fencepost_builder,
    buffer: *mut u8,
    buffer_size: usize,
    batch_options: *const fencepost_batch_options,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(builder, |builder| {
            let (buffer, teller) = (OutBytes::new(buffer, buffer_size)?, Teller::new(error)?);
            let (wanted, wanted_at) = options(batch_options)?;
            let (at, read) = (buffer.extent(), [wanted_at, extent_of(builder)]);
            apart([at, teller.extent(), teller.text()], read)?;
            let begun = BatchBuilder::new(buffer.into_slice(), wanted.read()?);
            builder.builder = Some(begun.map_err(|error| teller.tell(&error))?);
            builder.buffer = at;
            Ok(())
        })
    }
}

/// Adds a record. O(record).
///
/// Errors: FENCEPOST_BUILD_FULL if it has no room, FENCEPOST_BUILD_TOO_LARGE, FENCEPOST_STATE if no
/// batch was begun, FENCEPOST_VALUE for more than FENCEPOST_RECORD_HEADERS_MAX headers. The batch
/// is as before then, and can be finished.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_builder_push(
    builder: *mut fencepost_builder,
    record: *const fencepost_record,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(builder, |builder| {
            let ((record, record_at), teller) = (options(record)?, Teller::new(error)?);
            let read = [record_at, extent_of(builder), builder.buffer];
            apart([teller.extent(), teller.text()], read)?;
            let mut headers = [RecordHeader { key: &[], value: None }; HEADERS_MAX];
            let buffer = builder.buffer;
            let batch = builder.builder.as_mut().ok_or(FENCEPOST_STATE)?;
            let record = record.read(buffer, &mut headers)?;
            batch.push(&record).map_err(|error| teller.tell(&error))
        })
    }
}

/// How many bytes the batch would grow by with this record. Nothing is written, and only the
/// lengths of what the record points to matter. O(headers). May run side by side with other calls
/// that take the builder as const.
///
/// Errors: FENCEPOST_BUILD_TOO_LARGE, FENCEPOST_STATE if no batch was begun, FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_builder_record_len(
    builder: *const fencepost_builder,
    record: *const fencepost_record,
    len: *mut usize,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on(builder, |builder| {
            let ((record, record_at), out) = (options(record)?, Out::new(len)?);
            apart([out.extent()], [record_at, extent_of(builder), builder.buffer])?;
            let mut headers = [RecordHeader { key: &[], value: None }; HEADERS_MAX];
            let batch = builder.builder.as_ref().ok_or(FENCEPOST_STATE)?;
            let record = record.read(builder.buffer, &mut headers)?;
            out.write(batch.next_record_len(&record).ok_or(FENCEPOST_BUILD_TOO_LARGE)?);
            Ok(())
        })
    }
}

impl fencepost_record {
    /// The record, whose bytes lie apart from the batch that it is written into.
    ///
    /// # Safety
    /// What it points to is there for the whole call.
    unsafe fn read<'h>(
        &self,
        buffer: Extent,
        headers: &'h mut [RecordHeader<'static>; HEADERS_MAX],
    ) -> Result<RecordToWrite<'h>, fencepost_status> {
        // SAFETY: the caller promises it.
        let (key, value) = unsafe {
            (field(self.key, self.key_len, buffer)?, field(self.value, self.value_len, buffer)?)
        };
        let count = usize::try_from(self.headers_len).map_err(|_| FENCEPOST_LENGTH)?;
        // SAFETY: the caller promises it.
        let given = unsafe { InSlice::new(self.headers, count) }?;
        apart([buffer], [given.extent()])?;
        let places = headers.get_mut(..count).ok_or(FENCEPOST_VALUE)?;
        if !self.reserved.is_null() {
            return Err(FENCEPOST_VALUE);
        }
        for (place, header) in places.iter_mut().zip(given.get()) {
            // SAFETY: the caller promises it.
            let (name, value) = unsafe {
                (
                    InBytes::new(header.key, header.key_len)?,
                    field(header.value, header.value_len, buffer)?,
                )
            };
            apart([buffer], [name.extent()])?;
            *place = RecordHeader { key: name.get(), value };
        }
        Ok(RecordToWrite { timestamp: self.timestamp, key, value, headers: places })
    }
}

/// Bytes that may be null, apart from the batch that they are written into.
///
/// # Safety
/// If there are any, they can be read for the whole call.
unsafe fn field(
    start: *const u8,
    len: usize,
    buffer: Extent,
) -> Result<Option<&'static [u8]>, fencepost_status> {
    if start.is_null() {
        return if len == 0 { Ok(None) } else { Err(FENCEPOST_NULL_POINTER) };
    }
    // SAFETY: the caller promises it.
    let bytes = unsafe { InBytes::new(start, len) }?;
    apart([buffer], [bytes.extent()])?;
    Ok(Some(bytes.get()))
}

/// How many bytes the batch has so far, its header included; `records` is told how many records.
/// O(1). May run side by side with other calls that take the builder as const.
///
/// Errors: FENCEPOST_STATE if no batch was begun.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_builder_len(
    builder: *const fencepost_builder,
    len: *mut usize,
    records: *mut i32,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on(builder, |builder| {
            let (len, records) = (Out::new(len)?, Out::new(records)?);
            let read = [extent_of(builder), builder.buffer];
            apart([len.extent(), records.extent()], read)?;
            let batch = builder.builder.as_ref().ok_or(FENCEPOST_STATE)?;
            len.write(batch.size_in_bytes());
            records.write(batch.records_count());
            Ok(())
        })
    }
}

/// Completes the batch and gives its buffer back: header, CRC, and the stamp; NULL for a batch
/// without a producer, or one that is stamped later. `len` is told how many bytes the batch has.
/// The builder may begin another one. O(bytes).
///
/// Errors: FENCEPOST_BUILD_EMPTY if no record was pushed, FENCEPOST_STATE if no batch was begun,
/// FENCEPOST_VALUE for a negative number in the stamp. After FENCEPOST_BUILD_EMPTY the batch has to
/// be begun again.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_builder_finish(
    builder: *mut fencepost_builder,
    stamp: *const fencepost_stamp,
    len: *mut usize,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(builder, |builder| {
            let (stamp, len) = (In::optional(stamp)?, Out::new(len)?);
            let teller = Teller::new(error)?;
            let at = stamp.map_or(Extent::NOTHING, |stamp| stamp.extent());
            let read = [at, extent_of(builder), builder.buffer];
            apart([len.extent(), teller.extent(), teller.text()], read)?;
            let stamp = stamp.map(|stamp| stamp.get().read()).transpose()?;
            let batch = builder.builder.take().ok_or(FENCEPOST_STATE)?;
            builder.buffer = Extent::NOTHING;
            let bytes = batch.finish(stamp).map_err(|error| teller.tell(&error))?;
            len.write(bytes.len());
            Ok(())
        })
    }
}

/// The control batch that ends a transaction. 0 is every default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_marker {
    /// sizeof(fencepost_marker).
    pub struct_size: u32,
    /// FENCEPOST_BATCH_KIND_COMMIT or FENCEPOST_BATCH_KIND_ABORT.
    pub kind: u32,
    /// Offset of the marker.
    pub base_offset: i64,
    /// Milliseconds since 1970.
    pub timestamp: i64,
    /// The producer id.
    pub producer_id: i64,
    /// The coordinator's epoch.
    pub coordinator_epoch: i32,
    /// The leader's epoch.
    pub partition_leader_epoch: i32,
    /// The producer's epoch.
    pub producer_epoch: i16,
    /// 0.
    pub reserved: [u16; 3],
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers only.
unsafe impl Versioned for fencepost_marker {
    const FIRST: usize = size_of::<Self>();
}

/// Writes the control batch that ends a transaction: FENCEPOST_MARKER_LEN bytes. O(1). Any thread.
///
/// Errors: FENCEPOST_BUILD_FULL, FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_marker_write(
    marker: *const fencepost_marker,
    buffer: *mut u8,
    buffer_size: usize,
    len: *mut usize,
    error: *mut fencepost_error,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let ((marker, marker_at), buffer, len, teller) = unsafe {
            let buffer = OutBytes::new(buffer, buffer_size)?;
            (options(marker)?, buffer, Out::new(len)?, Teller::new(error)?)
        };
        let written = [buffer.extent(), len.extent(), teller.extent(), teller.text()];
        apart(written, [marker_at])?;
        if marker.reserved != [0; 3] {
            return Err(FENCEPOST_VALUE);
        }
        let end = fencepost::wire::EndTxnMarker {
            kind: marker_kind(marker.kind)?,
            coordinator_epoch: marker.coordinator_epoch,
            timestamp: marker.timestamp,
        };
        let batch = MarkerBatch {
            base_offset: marker.base_offset,
            partition_leader_epoch: marker.partition_leader_epoch,
            producer_id: marker.producer_id,
            producer_epoch: marker.producer_epoch,
        };
        let bytes = write_end_txn_marker(buffer.into_slice(), &batch, &end)
            .map_err(|error| teller.tell(&error))?;
        len.write(bytes.len());
        Ok(())
    })
}
