//! Several batches that are one append: replication, replay, recovery.

use core::ffi::c_void;

use fencepost::broker::{
    IndexLine, PendingProducer, PendingTransaction, Pushed, Scratch, index_lines,
};
use fencepost::window::BatchMetadata;

use super::admission::fencepost_completed;
use super::{fencepost_partition, offset};
use crate::batch::{fencepost_batch, fencepost_context};
use crate::boundary::handle::{apart_from, exclusive, extent_of};
use crate::boundary::memory::{self, Parts};
use crate::boundary::{
    Carver, Extent, Head, InSlice, Out, OutSlice, Versioned, apart, call, handle, on_mut, options,
};
use crate::error::{Facts, Tell, Teller, fencepost_error};
use crate::status::fencepost_status::{self, *};
use crate::wire::tell::wide;

/// How many producers and transactions one append may touch. 0 is none.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_scratch_config {
    /// sizeof(fencepost_scratch_config).
    pub struct_size: u32,
    /// How many different producers the batches of one append may have.
    pub producers: u32,
    /// How many transactions they may open or end.
    pub transactions: u32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers only.
unsafe impl Versioned for fencepost_scratch_config {
    const FIRST: usize = size_of::<Self>();
}

/// What a scratch is made by.
#[derive(Clone, Copy)]
pub struct ScratchPlan {
    producers: u32,
    transactions: u32,
}

impl fencepost_scratch_config {
    fn plan(&self) -> Result<ScratchPlan, fencepost_status> {
        if self.reserved != 0 {
            return Err(FENCEPOST_VALUE);
        }
        Ok(ScratchPlan { producers: self.producers, transactions: self.transactions })
    }
}

type Array<T> = &'static mut [T];

/// Memory that fencepost_partition_append works in. It may serve many partitions, one after the
/// other.
///
/// Made by fencepost_scratch_new or fencepost_scratch_init. One thread at a time.
pub struct fencepost_scratch {
    head: Head,
    core: Scratch<Array<PendingProducer>, Array<IndexLine>, Array<PendingTransaction>>,
}
handle::opaque!(fencepost_scratch, 0x6670_7363_7261_0001_u64);

impl Parts for fencepost_scratch {
    type Plan = ScratchPlan;
    type Arrays = (Array<PendingProducer>, Array<IndexLine>, Array<PendingTransaction>);

    fn lay_out(plan: ScratchPlan, carver: &mut Carver) -> Option<Self::Arrays> {
        let producers = usize::try_from(plan.producers).ok()?;
        let index = carver.array(index_lines(producers), IndexLine::EMPTY)?;
        let pending = carver.array(producers, PendingProducer::EMPTY)?;
        let transactions = usize::try_from(plan.transactions).ok()?;
        Some((pending, index, carver.array(transactions, PendingTransaction::EMPTY)?))
    }

    fn make(_: ScratchPlan, head: Head, (producers, index, transactions): Self::Arrays) -> Self {
        Self { head, core: Scratch::new(producers, index, transactions) }
    }
}

/// How many bytes fencepost_scratch_init needs for a configuration. Any thread, any time.
///
/// Errors: FENCEPOST_VALUE; FENCEPOST_LENGTH if no memory could hold it.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_scratch_size(
    config: *const fencepost_scratch_config,
    size: *mut usize,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let ((config, extent), size) = unsafe { (options(config)?, Out::new(size)?) };
        apart([size.extent()], [extent])?;
        size.write(memory::size::<fencepost_scratch>(config.plan()?)?);
        Ok(())
    })
}

/// Makes memory for appends. In memory of the caller, aligned to FENCEPOST_ALIGN and of at least
/// what fencepost_scratch_size says, which must not be touched or moved until
/// fencepost_scratch_fini. O(memory).
///
/// Errors: FENCEPOST_VALUE, FENCEPOST_MISALIGNED, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_LENGTH.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_scratch_init(
    memory: *mut c_void,
    memory_size: usize,
    config: *const fencepost_scratch_config,
    scratch: *mut *mut fencepost_scratch,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (config, extent) = unsafe { options(config) }?;
        let plan = config.plan()?;
        // SAFETY: the same.
        unsafe { memory::init(memory.cast(), memory_size, plan, [extent], scratch) }
    })
}

/// Ends what fencepost_scratch_init made: its memory is the caller's again.
///
/// Errors: FENCEPOST_HANDLE, also for what fencepost_scratch_new made, which is left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_scratch_fini(
    scratch: *mut fencepost_scratch,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    call(|| unsafe { memory::fini(scratch) })
}

/// Makes memory for appends. On the heap: the caller owns it and gives it back with
/// fencepost_scratch_free. O(memory).
///
/// Errors: FENCEPOST_VALUE, FENCEPOST_LENGTH, FENCEPOST_MEMORY.
#[cfg(feature = "std")]
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_scratch_new(
    config: *const fencepost_scratch_config,
    scratch: *mut *mut fencepost_scratch,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (config, extent) = unsafe { options(config) }?;
        let plan = config.plan()?;
        // SAFETY: the same.
        unsafe { memory::new(plan, [extent], scratch) }
    })
}

/// Frees what fencepost_scratch_new made. NULL is left alone.
#[cfg(feature = "std")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_scratch_free(scratch: *mut fencepost_scratch) {
    // SAFETY: the header says what a handle must be.
    call(|| unsafe {
        memory::free(scratch);
        Ok(())
    });
}

/// A batch of an append that is on the log already.
struct Known {
    number: usize,
    seen: BatchMetadata,
}

impl core::fmt::Display for Known {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "batch {} is on the log already, at offset {}", self.number, self.first_offset())
    }
}

impl Known {
    fn first_offset(&self) -> i64 {
        self.seen.first_offset()
    }
}

impl Tell for Known {
    fn facts(&self) -> Facts {
        Facts::of(FENCEPOST_APPEND_DUPLICATE, 46)
            .at(wide(self.number))
            .numbers(self.first_offset(), 0)
    }
}

/// Pushes all batches; commits them if there is somebody to tell what that completed.
fn append(
    partition: &mut fencepost_partition,
    scratch: &mut fencepost_scratch,
    batches: &[fencepost_batch],
    context: &fencepost_context,
    teller: Teller,
    completed: Option<&mut dyn FnMut(fencepost_completed)>,
) -> Result<(), fencepost_status> {
    let context = context.read()?;
    let core = partition.core_mut()?;
    let mut append = core.append(&mut scratch.core, context.origin, context.now);
    for (number, batch) in batches.iter().enumerate() {
        match append.push(&batch.read()?, &context) {
            Ok(Pushed::Added) => {}
            Ok(Pushed::Duplicate(seen)) => return Err(teller.tell(&Known { number, seen })),
            Ok(Pushed::Ended) => return Err(FENCEPOST_STATE),
            Err(rejection) => return Err(teller.tell_at(&rejection, wide(number))),
        }
    }
    match completed {
        None => Ok(()),
        Some(tell) => {
            let committed = append.commit(|done| tell(fencepost_completed::of(Some(done))));
            committed.map_err(|_| FENCEPOST_STATE)
        }
    }
}

/// Whether fencepost_partition_append would take these batches: FENCEPOST_OK, or the refusal that
/// it would give. The partition is as before. O(batches).
///
/// A leader asks this before it writes several batches, and appends them to the partition after:
/// base offsets, which it gives when it writes, are not looked at.
///
/// Errors: those of fencepost_partition_append.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_may_append(
    partition: *mut fencepost_partition,
    scratch: *mut fencepost_scratch,
    batches: *const fencepost_batch,
    batches_len: usize,
    context: *const fencepost_context,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(partition, |partition| {
            let (scratch, batches) = (exclusive(scratch)?, InSlice::new(batches, batches_len)?);
            let ((context, context_at), teller) = (options(context)?, Teller::new(error)?);
            let read = [batches.extent(), context_at, extent_of(scratch)];
            let written = [teller.extent(), teller.text()];
            apart(written, read)?;
            apart_from(written, partition)?;
            append(partition, scratch, batches.get(), &context, teller, None)
        })
    }
}

/// Applies several batches that are one append, written at the base offsets in their headers:
/// replication, replay and recovery, where one at a time would give another state than Kafka's.
/// All of them have the same context. `completed` is told each transaction that a marker ended, in
/// log order; it has room for as many as there are markers among them, or is NULL if nobody asks.
/// `count` is told how many there were. O(batches), for each marker what fencepost_partition_record
/// says, plus the search for victims.
///
/// Errors: a status from 200 on is the refusal of the batch numbered error.position;
/// FENCEPOST_APPEND_DUPLICATE, FENCEPOST_SCRATCH_FULL, FENCEPOST_UNDECIDED,
/// FENCEPOST_BUFFER_TOO_SMALL; FENCEPOST_VALUE, also for a base offset below 0 or above
/// FENCEPOST_BASE_OFFSET_MAX. Nothing of the append counts then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_append(
    partition: *mut fencepost_partition,
    scratch: *mut fencepost_scratch,
    batches: *const fencepost_batch,
    batches_len: usize,
    context: *const fencepost_context,
    completed: *mut fencepost_completed,
    completed_len: usize,
    count: *mut usize,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(partition, |partition| {
            let (scratch, batches) = (exclusive(scratch)?, InSlice::new(batches, batches_len)?);
            let mut all = OutSlice::new(completed, completed_len)?;
            let ((context, context_at), teller) = (options(context)?, Teller::new(error)?);
            let count = if count.is_null() { None } else { Some(Out::new(count)?) };
            let counted = count.map_or(Extent::NOTHING, |count| count.extent());
            let read = [batches.extent(), context_at, extent_of(scratch)];
            let written = [all.extent(), counted, teller.extent(), teller.text()];
            apart(written, read)?;
            apart_from(written, partition)?;
            let markers = batches.get().iter().filter(|batch| matches!(batch.kind, 1 | 2)).count();
            if all.len() != 0 && all.len() < markers {
                return Err(FENCEPOST_BUFFER_TOO_SMALL);
            }
            for batch in batches.get() {
                offset::base_offset(batch.header.base_offset)?;
            }
            let mut told = 0;
            let mut tell = |done| {
                // There is room, or nobody asks.
                let _ = all.write(told, done);
                told += 1;
            };
            append(partition, scratch, batches.get(), &context, teller, Some(&mut tell))?;
            if let Some(count) = count {
                count.write(told);
            }
            Ok(())
        })
    }
}
