//! Batches in a log, records in a batch, and entries of a .txnindex.

use fencepost::broker::{
    AbortedTransaction, Batch, TXN_INDEX_ENTRY_LEN, TxnIndex, TxnIndexError, check_produce,
    check_txn_index_append, unverified_answer,
};
use fencepost::error_code::ErrorCode;
use fencepost::wire::{
    Assigned, BatchView, Finding, FindingKind, Segment, TimestampRule, ValidateError,
    ValidatedOrigin, Validation, validate,
};

use super::tell::wide;
use crate::batch::{fencepost_batch, fencepost_batch_header, flag};
use crate::boundary::{In, InBytes, Out, OutBytes, OutSlice, Versioned, apart, call, options};
use crate::error::{Facts, Tell, Teller, fencepost_error};
use crate::partition::offset::base_offset;
use crate::status::fencepost_status::{self, *};

impl Tell for Finding {
    fn facts(&self) -> Facts {
        match &self.kind {
            FindingKind::Batch(error) => error.facts().at(wide(self.byte())),
            FindingKind::Crc(error) => error.facts().at(wide(self.byte())),
            _ => Facts::of(FENCEPOST_BATCH, self.error_code().get()).at(wide(self.byte())),
        }
    }
}

/// The next batch of a log from byte `position` on. `batch` is told its header and kind, `size` its
/// bytes: the next position is position + size. With verify_crc 1 its CRC is checked too. O(1), or
/// O(batch) with the CRC. Any thread.
///
/// Errors: FENCEPOST_NOT_FOUND at the end; FENCEPOST_BATCH, FENCEPOST_CRC, FENCEPOST_MARKER with
/// the byte in the log: a torn tail is a FENCEPOST_BATCH with error.expected greater than
/// error.got; FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_log_next(
    bytes: *const u8,
    bytes_len: usize,
    position: usize,
    verify_crc: u32,
    batch: *mut fencepost_batch,
    size: *mut usize,
    error: *mut fencepost_error,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (bytes, batch, size, teller) = unsafe {
            let bytes = InBytes::new(bytes, bytes_len)?;
            (bytes, Out::new(batch)?, Out::new(size)?, Teller::new(error)?)
        };
        let written = [batch.extent(), size.extent(), teller.extent(), teller.text()];
        apart(written, [bytes.extent()])?;
        let rest = bytes.get().get(position..).ok_or(FENCEPOST_VALUE)?;
        let mut segment =
            if flag(verify_crc)? { Segment::verified(rest) } else { Segment::headers(rest) };
        let (_, view) = match segment.next() {
            None => return Err(FENCEPOST_NOT_FOUND),
            Some(Ok(found)) => found,
            Some(Err(finding)) => {
                let at = wide(position).saturating_add(wide(finding.byte()));
                return Err(teller.tell_at(&finding, at));
            }
        };
        let read = Batch::read(&view);
        let read = read.map_err(|error| teller.tell_at(&error, wide(position)))?;
        batch.write(fencepost_batch::of(&read));
        size.write(view.size_in_bytes());
        Ok(())
    })
}

/// A record as it lies in its batch. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_record_view {
    /// Its offset.
    pub offset: i64,
    /// Milliseconds since 1970.
    pub timestamp: i64,
    /// The key, in the batch's bytes; NULL for a null key.
    pub key: *const u8,
    /// Its bytes.
    pub key_len: usize,
    /// The value, in the batch's bytes; NULL for a null value.
    pub value: *const u8,
    /// Its bytes.
    pub value_len: usize,
    /// Its sequence, -1 if the batch has none.
    pub sequence: i32,
    /// How many headers it has, possibly more than there was room for.
    pub headers_count: u32,
}

/// Record number `number`, from 0, of an uncompressed whole batch; `headers` is told its headers,
/// as many as it has room for. What is given points into the batch's bytes. O(bytes before it): for
/// many in a row see fencepost_batch_records. Any thread.
///
/// Errors: FENCEPOST_BATCH, FENCEPOST_RECORD; FENCEPOST_NOT_FOUND if the batch has no such record.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_batch_record(
    bytes: *const u8,
    bytes_len: usize,
    number: u32,
    record: *mut fencepost_record_view,
    headers: *mut super::build::fencepost_record_header,
    headers_len: usize,
    error: *mut fencepost_error,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (bytes, record, mut headers, teller) = unsafe {
            let (bytes, headers) =
                (InBytes::new(bytes, bytes_len)?, OutSlice::new(headers, headers_len)?);
            (bytes, Out::new(record)?, headers, Teller::new(error)?)
        };
        let written = [record.extent(), headers.extent(), teller.extent(), teller.text()];
        apart(written, [bytes.extent()])?;
        let view = BatchView::new_checked(bytes.get()).map_err(|error| teller.tell(&error))?;
        let mut records = view.iter().map_err(|error| teller.tell(&error))?;
        let place = usize::try_from(number).map_err(|_| FENCEPOST_NOT_FOUND)?;
        let mut found = None;
        for read in records.by_ref().take(place.saturating_add(1)) {
            found = Some(read.map_err(|error| teller.tell(&error))?);
        }
        let found = found.filter(|found| u32::try_from(found.index) == Ok(number));
        let found = found.ok_or(FENCEPOST_NOT_FOUND)?;
        let mut count = 0_u32;
        for (n, header) in found.headers.enumerate() {
            let (value, value_len) = parts(header.value);
            let (key, key_len) = parts(Some(header.key));
            if n < headers.len() {
                let header =
                    super::build::fencepost_record_header { key, key_len, value, value_len };
                headers.write(n, header)?;
            }
            count = count.saturating_add(1);
        }
        record.write(fencepost_record_view { headers_count: count, ..view_of(&found) });
        Ok(())
    })
}

/// Where bytes are that may be null.
fn parts(bytes: Option<&[u8]>) -> (*const u8, usize) {
    bytes.map_or((core::ptr::null(), 0), |bytes| (bytes.as_ptr(), bytes.len()))
}

fn view_of(record: &fencepost::wire::Record<'_>) -> fencepost_record_view {
    let ((key, key_len), (value, value_len)) = (parts(record.key), parts(record.value));
    fencepost_record_view {
        offset: record.offset,
        timestamp: record.timestamp,
        key,
        key_len,
        value,
        value_len,
        sequence: record.sequence,
        headers_count: u32::try_from(record.headers.left()).unwrap_or(0),
    }
}

/// The records of an uncompressed whole batch from number `from` on, without their headers, as many
/// as the array has room for; `count` is told how many were written, 0 at the end. What is given
/// points into the batch's bytes. O(bytes up to the last one). Any thread.
///
/// Errors: FENCEPOST_BATCH, FENCEPOST_RECORD.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_batch_records(
    bytes: *const u8,
    bytes_len: usize,
    from: usize,
    records: *mut fencepost_record_view,
    records_len: usize,
    count: *mut usize,
    error: *mut fencepost_error,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (bytes, mut all, count, teller) = unsafe {
            let (bytes, all) =
                (InBytes::new(bytes, bytes_len)?, OutSlice::new(records, records_len)?);
            (bytes, all, Out::new(count)?, Teller::new(error)?)
        };
        let written = [all.extent(), count.extent(), teller.extent(), teller.text()];
        apart(written, [bytes.extent()])?;
        let view = BatchView::new_checked(bytes.get()).map_err(|error| teller.tell(&error))?;
        let records = view.iter().map_err(|error| teller.tell(&error))?;
        let mut told = 0;
        for record in records.skip(from).take(all.len()) {
            let record = record.map_err(|error| teller.tell(&error))?;
            all.write(told, view_of(&record))?;
            told += 1;
        }
        count.write(told);
        Ok(())
    })
}

/// How a leader looks at what is to be appended. 0 is every default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_validation {
    /// sizeof(fencepost_validation).
    pub struct_size: u32,
    /// 0 for a client's batches, 1 for a coordinator's.
    pub coordinator: u32,
    /// The offset that the first record gets.
    pub next_offset: i64,
    /// 1 if the topic names a codec: compression.type.
    pub has_topic_codec: u32,
    /// The topic's codec, 0 to 4.
    pub topic_codec: i32,
    /// 1 for a topic that is compacted: every record needs a key.
    pub is_compacted: u32,
    /// 1 for a topic of log-append time.
    pub log_append_time: u32,
    /// The broker's clock, milliseconds since 1970.
    pub now_ms: i64,
    /// message.timestamp.before.max.ms; 0 for no bound.
    pub before_max_ms: i64,
    /// message.timestamp.after.max.ms; 0 for no bound.
    pub after_max_ms: i64,
    /// The records as they are decompressed, of a compressed batch; NULL to leave them unread.
    pub decompressed: *const u8,
    /// Their bytes.
    pub decompressed_len: usize,
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers and pointers only.
unsafe impl Versioned for fencepost_validation {
    const FIRST: usize = 16;
}

/// What a leader writes into a batch before it appends it. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_assigned {
    /// Offset of the first record.
    pub base_offset: i64,
    /// Offset of the last record.
    pub last_offset: i64,
    /// The batch's largest timestamp, if has_max_timestamp; milliseconds since 1970.
    pub max_timestamp: i64,
    /// How many records there are.
    pub records: i32,
    /// 1 if max_timestamp is known.
    pub has_max_timestamp: u32,
    /// 1 if the timestamp is the broker's.
    pub is_append_time: u32,
    /// 1 if the batch has to be built anew, for the topic's codec.
    pub is_rebuilt: u32,
    /// 1 if the records were read.
    pub records_read: u32,
    /// 0.
    pub reserved: u32,
}

impl Tell for ValidateError {
    fn facts(&self) -> Facts {
        Facts::of(FENCEPOST_INVALID, self.error_code().get()).at(wide(self.position))
    }
}

/// Everything a leader checks in the batches of a produce request before the producers' state is
/// asked, and what it assigns. O(bytes). Any thread.
///
/// Errors: FENCEPOST_INVALID; FENCEPOST_VALUE, also for a next_offset below 0 or above
/// FENCEPOST_BASE_OFFSET_MAX.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_validate(
    bytes: *const u8,
    bytes_len: usize,
    validation: *const fencepost_validation,
    assigned: *mut fencepost_assigned,
    error: *mut fencepost_error,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (bytes, (wanted, wanted_at), out, teller) = unsafe {
            let bytes = InBytes::new(bytes, bytes_len)?;
            (bytes, options(validation)?, Out::new(assigned)?, Teller::new(error)?)
        };
        // SAFETY: the same.
        let text = unsafe { InBytes::new(wanted.decompressed, wanted.decompressed_len) }?;
        let read = [bytes.extent(), wanted_at, text.extent()];
        apart([out.extent(), teller.extent(), teller.text()], read)?;
        let is_coordinator = flag(wanted.coordinator)?;
        let origin =
            if is_coordinator { ValidatedOrigin::Coordinator } else { ValidatedOrigin::Client };
        let mut validation = Validation::new(origin, base_offset(wanted.next_offset)?);
        if flag(wanted.has_topic_codec)? {
            let codec = i16::try_from(wanted.topic_codec).map_err(|_| FENCEPOST_VALUE)?;
            validation.topic_codec = Some(codec);
        }
        validation.is_compacted = flag(wanted.is_compacted)?;
        let bound = |given: i64| match given {
            0 => Ok(i64::MAX),
            ..0 => Err(FENCEPOST_VALUE),
            _ => Ok(given),
        };
        let (before_max, after_max) = (bound(wanted.before_max_ms)?, bound(wanted.after_max_ms)?);
        validation.timestamps = match flag(wanted.log_append_time)? {
            true => TimestampRule::LogAppendTime { now: wanted.now_ms },
            false => TimestampRule::CreateTime { now: wanted.now_ms, before_max, after_max },
        };
        validation.decompressed = (!wanted.decompressed.is_null()).then_some(text.get());
        let found = validate(bytes.get(), &validation).map_err(|error| teller.tell(&error))?;
        out.write(fencepost_assigned {
            base_offset: found.base_offset,
            last_offset: found.last_offset,
            max_timestamp: found.max_timestamp.unwrap_or(-1),
            records: found.records,
            has_max_timestamp: found.max_timestamp.is_some().into(),
            is_append_time: found.is_append_time.into(),
            is_rebuilt: found.is_rebuilt.into(),
            records_read: found.records_read.into(),
            reserved: 0,
        });
        Ok(())
    })
}

/// Writes what a leader assigned into the whole batch, in place, and its CRC. O(bytes). Any thread.
///
/// Errors: FENCEPOST_BATCH, FENCEPOST_REBUILT, FENCEPOST_VALUE; the bytes are untouched then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_assigned_write(
    assigned: *const fencepost_assigned,
    partition_leader_epoch: i32,
    bytes: *mut u8,
    bytes_len: usize,
    error: *mut fencepost_error,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (assigned, bytes, teller) =
            unsafe { (In::new(assigned)?, OutBytes::new(bytes, bytes_len)?, Teller::new(error)?) };
        let written = [bytes.extent(), teller.extent(), teller.text()];
        apart(written, [assigned.extent()])?;
        let given = assigned.get();
        let max = flag(given.has_max_timestamp)?.then_some(given.max_timestamp);
        let assigned = Assigned {
            base_offset: given.base_offset,
            last_offset: given.last_offset,
            records: given.records,
            max_timestamp: max,
            is_append_time: flag(given.is_append_time)?,
            is_rebuilt: flag(given.is_rebuilt)?,
            records_read: flag(given.records_read)?,
        };
        let written = assigned.write(bytes.into_slice(), partition_leader_epoch);
        written.map_err(|error| match error {
            fencepost::wire::AssignError::Batch(error) => teller.tell(&error),
            _ => FENCEPOST_REBUILT,
        })
    })
}

impl Tell for fencepost::broker::ProduceError {
    fn facts(&self) -> Facts {
        let facts = Facts::of(FENCEPOST_PRODUCE, self.error_code().get());
        match self {
            Self::SecondBatch { position } | Self::Unreadable { position, .. } => {
                facts.at(wide(*position))
            }
            _ => facts,
        }
    }
}

/// Whether these records may stand in a produce request of this version for one partition: one
/// batch of format 2. `header` is told its header. O(1). Any thread.
///
/// Errors: FENCEPOST_PRODUCE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_check_produce(
    version: i16,
    bytes: *const u8,
    bytes_len: usize,
    header: *mut fencepost_batch_header,
    error: *mut fencepost_error,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (bytes, out, teller) =
            unsafe { (InBytes::new(bytes, bytes_len)?, Out::new(header)?, Teller::new(error)?) };
        apart([out.extent(), teller.extent(), teller.text()], [bytes.extent()])?;
        let view = check_produce(version, bytes.get()).map_err(|error| teller.tell(&error))?;
        out.write(fencepost_batch_header::of(view.header()));
        Ok(())
    })
}

/// What a produce request of this version is answered when the coordinator did not verify its
/// transaction. Any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn fencepost_unverified_answer(coordinator_code: i16, produce_version: i16) -> i16 {
    unverified_answer(ErrorCode::new(coordinator_code), produce_version).get()
}

/// An entry of a .txnindex. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_aborted {
    /// Whose transaction it was.
    pub producer_id: i64,
    /// Offset of its first record.
    pub first_offset: i64,
    /// Offset of its marker.
    pub last_offset: i64,
    /// The last stable offset when the marker was appended.
    pub last_stable_offset: i64,
}

impl fencepost_aborted {
    fn of(aborted: &AbortedTransaction) -> Self {
        Self {
            producer_id: aborted.producer_id,
            first_offset: aborted.first_offset,
            last_offset: aborted.last_offset,
            last_stable_offset: aborted.last_stable_offset,
        }
    }

    fn read(&self) -> AbortedTransaction {
        AbortedTransaction {
            producer_id: self.producer_id,
            first_offset: self.first_offset,
            last_offset: self.last_offset,
            last_stable_offset: self.last_stable_offset,
        }
    }
}

impl Tell for TxnIndexError {
    fn facts(&self) -> Facts {
        let facts = Facts::of(FENCEPOST_TXN_INDEX, -1);
        match *self {
            Self::UnknownVersion { entry, version } => {
                facts.at(wide(entry)).numbers(0, version.into())
            }
            Self::NotAfterLast { last, got } => facts.numbers(last, got),
            Self::BeforeSegment { entry, base_offset, got } => {
                facts.at(wide(entry)).numbers(base_offset, got)
            }
        }
    }
}

/// Writes an entry's FENCEPOST_TXN_INDEX_ENTRY_LEN bytes, which are appended to the .txnindex. With
/// has_last 1, last is the last offset of the entry before. O(1). Any thread.
///
/// Errors: FENCEPOST_TXN_INDEX if it does not lie behind the one before;
/// FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_txn_index_write(
    aborted: *const fencepost_aborted,
    has_last: u32,
    last: i64,
    buffer: *mut u8,
    buffer_size: usize,
    error: *mut fencepost_error,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (aborted, buffer, teller) = unsafe {
            (In::new(aborted)?, OutBytes::new(buffer, buffer_size)?, Teller::new(error)?)
        };
        let written = [buffer.extent(), teller.extent(), teller.text()];
        apart(written, [aborted.extent()])?;
        let entry = aborted.get().read();
        let last = flag(has_last)?.then_some(last);
        check_txn_index_append(last, &entry).map_err(|error| teller.tell(&error))?;
        let bytes = buffer.into_slice().first_chunk_mut::<TXN_INDEX_ENTRY_LEN>();
        *bytes.ok_or(FENCEPOST_BUFFER_TOO_SMALL)? = entry.encode();
        Ok(())
    })
}

/// Whether a .txnindex of a segment that begins at base_offset is right. O(bytes). Any thread.
///
/// Errors: FENCEPOST_TXN_INDEX.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_txn_index_check(
    bytes: *const u8,
    bytes_len: usize,
    base_offset: i64,
    error: *mut fencepost_error,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (bytes, teller) = unsafe { (InBytes::new(bytes, bytes_len)?, Teller::new(error)?) };
        apart([teller.extent(), teller.text()], [bytes.extent()])?;
        let checked = TxnIndex::new(bytes.get()).check(base_offset);
        checked.map_err(|error| teller.tell(&error))
    })
}

/// The aborted transactions of a .txnindex that concern a fetch from fetch_offset up to
/// upper_bound: as many as the array has room for, `count` is told how many there are. `complete`
/// is told whether the search ends here; otherwise it goes on in the next segment's file. O(bytes).
/// Any thread.
///
/// Errors: FENCEPOST_TXN_INDEX; FENCEPOST_BUFFER_TOO_SMALL.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_txn_index_collect(
    bytes: *const u8,
    bytes_len: usize,
    fetch_offset: i64,
    upper_bound: i64,
    aborted: *mut fencepost_aborted,
    aborted_len: usize,
    count: *mut usize,
    complete: *mut bool,
    error: *mut fencepost_error,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (bytes, mut all, count, complete, teller) = unsafe {
            let (bytes, all) =
                (InBytes::new(bytes, bytes_len)?, OutSlice::new(aborted, aborted_len)?);
            (bytes, all, Out::new(count)?, Out::new(complete)?, Teller::new(error)?)
        };
        let outputs = [all.extent(), count.extent(), complete.extent()];
        let [a, b, c] = outputs;
        apart([a, b, c, teller.extent(), teller.text()], [bytes.extent()])?;
        let index = TxnIndex::new(bytes.get());
        let mut wanted = 0_usize;
        let told = index.clone().collect_aborted(fetch_offset, upper_bound, |_| wanted += 1);
        told.map_err(|error| teller.tell(&error))?;
        if wanted > all.len() {
            return Err(FENCEPOST_BUFFER_TOO_SMALL);
        }
        let mut written = 0;
        let done = index.collect_aborted(fetch_offset, upper_bound, |found| {
            // There is room for all of them.
            let _ = all.write(written, fencepost_aborted::of(&found));
            written += 1;
        });
        complete.write(done.map_err(|error| teller.tell(&error))?);
        count.write(written);
        Ok(())
    })
}

/// How far a .txnindex reaches once its log is truncated to this offset: `len` is told how many of
/// its bytes stay. O(bytes). Any thread.
///
/// Errors: FENCEPOST_TXN_INDEX.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_txn_index_truncate(
    bytes: *const u8,
    bytes_len: usize,
    offset: i64,
    len: *mut usize,
    error: *mut fencepost_error,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (bytes, out, teller) =
            unsafe { (InBytes::new(bytes, bytes_len)?, Out::new(len)?, Teller::new(error)?) };
        apart([out.extent(), teller.extent(), teller.text()], [bytes.extent()])?;
        let cut = TxnIndex::new(bytes.get()).truncate_to(offset);
        let cut = cut.map_err(|error| teller.tell(&error))?;
        out.write(cut.map_or(bytes.get().len(), |(len, _)| len));
        Ok(())
    })
}
