//! Producer ids in blocks: the controller's side and a broker's.

use core::ffi::c_void;

use fencepost::coordinator::{
    BlockAllocator, BlockRefusal, IdBlock, IdGenerator, InitProducerId, NextProducerId,
    UnusableBlock, WaitingForBlock,
};
use fencepost::ids::Timestamp;

use super::transaction::refused;
use crate::batch::flag;
use crate::boundary::handle::{exclusive, extent_of};
use crate::boundary::memory::{self, Parts};
use crate::boundary::{Carver, Extent, Head, Out, apart, call, handle, on, on_mut};
use crate::error::{Facts, Tell, Teller, fencepost_error};
use crate::ids::fencepost_identity;
use crate::shapes::{answer, command, look, nothing};
use crate::status::fencepost_status::{self, *};

/// Producer ids that belong to one broker. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_id_block {
    /// Its first id.
    pub first: i64,
    /// How many ids; 0 for what there is before the first block.
    pub len: i32,
    /// The broker it was given to, -1 for none.
    pub broker_id: i32,
}

impl fencepost_id_block {
    fn of(block: IdBlock) -> Self {
        Self { first: block.first, len: block.len, broker_id: block.broker_id }
    }
}

/// The controller's side: where the next block of producer ids begins.
///
/// Made by fencepost_block_allocator_new or fencepost_block_allocator_init. One thread at a time
/// may call functions that take it without const.
pub struct fencepost_block_allocator {
    head: Head,
    core: BlockAllocator,
}
handle::opaque!(fencepost_block_allocator, 0x6670_626c_6f63_0001_u64);

impl Parts for fencepost_block_allocator {
    type Plan = ();
    type Arrays = ();

    fn lay_out((): (), _: &mut Carver) -> Option<()> {
        Some(())
    }

    fn make((): (), head: Head, (): ()) -> Self {
        Self { head, core: BlockAllocator::new() }
    }
}

/// How many bytes fencepost_block_allocator_init needs. Any thread, any time.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_block_allocator_size(size: *mut usize) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let size = unsafe { Out::new(size) }?;
        size.write(memory::size::<fencepost_block_allocator>(())?);
        Ok(())
    })
}

/// Makes a controller before its first record: ids begin at 0. In memory of the caller, aligned to
/// FENCEPOST_ALIGN and of at least what fencepost_block_allocator_size says, which must not be
/// touched or moved until fencepost_block_allocator_fini.
///
/// Errors: FENCEPOST_MISALIGNED, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_LENGTH.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_block_allocator_init(
    memory: *mut c_void,
    memory_size: usize,
    block_allocator: *mut *mut fencepost_block_allocator,
) -> fencepost_status {
    // SAFETY: pointers are good for what they are named for: the header asks for it.
    call(|| unsafe {
        memory::init(memory.cast(), memory_size, (), [Extent::NOTHING], block_allocator)
    })
}

/// Ends what fencepost_block_allocator_init made: its memory is the caller's again.
///
/// Errors: FENCEPOST_HANDLE, also for what fencepost_block_allocator_new made, which is left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_block_allocator_fini(
    block_allocator: *mut fencepost_block_allocator,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    call(|| unsafe { memory::fini(block_allocator) })
}

/// Makes a controller before its first record: ids begin at 0. On the heap: the caller owns it and
/// gives it back with fencepost_block_allocator_free.
///
/// Errors: FENCEPOST_MEMORY.
#[cfg(feature = "std")]
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_block_allocator_new(
    block_allocator: *mut *mut fencepost_block_allocator,
) -> fencepost_status {
    // SAFETY: pointers are good for what they are named for: the header asks for it.
    call(|| unsafe { memory::new((), [Extent::NOTHING], block_allocator) })
}

/// Frees what fencepost_block_allocator_new made. NULL is left alone.
#[cfg(feature = "std")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_block_allocator_free(
    block_allocator: *mut fencepost_block_allocator,
) {
    // SAFETY: the header says what a handle must be.
    call(|| unsafe {
        memory::free(block_allocator);
        Ok(())
    });
}

impl Tell for BlockRefusal {
    fn facts(&self) -> Facts {
        let facts = Facts::of(FENCEPOST_BLOCK_REFUSED, self.error_code().get());
        match *self {
            Self::StaleBrokerEpoch { registered, got } => {
                facts.numbers(registered.unwrap_or(-1), got)
            }
            Self::NotAbove { next, got } => facts.numbers(next, got),
            Self::Exhausted { next } => facts.numbers(next, 0),
            _ => facts,
        }
    }
}

/// The next block for this broker, and `next`, the first id of the block after it, which belongs
/// into the record: write the record, replay it by fencepost_block_allocator_replay, then answer.
/// Nothing moves before. With has_registered 1, registered_epoch is the epoch under which the
/// controller knows the broker. O(1). May run side by side with other calls that take it as const.
///
/// Errors: FENCEPOST_BLOCK_REFUSED, FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_block_allocator_allocate(
    block_allocator: *const fencepost_block_allocator,
    broker_id: i32,
    broker_epoch: i64,
    has_registered: u32,
    registered_epoch: i64,
    block: *mut fencepost_id_block,
    next: *mut i64,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on(block_allocator, |blocks| {
            let (block, next, teller) = (Out::new(block)?, Out::new(next)?, Teller::new(error)?);
            let written = [block.extent(), next.extent(), teller.extent(), teller.text()];
            apart(written, [extent_of(blocks)])?;
            let registered = flag(has_registered)?.then_some(registered_epoch);
            let given = blocks.core.allocate(broker_id, broker_epoch, registered);
            let given = given.map_err(|refusal| teller.tell(&refusal))?;
            block.write(fencepost_id_block::of(given.block));
            next.write(given.record.next);
            Ok(())
        })
    }
}

/// A record of the metadata log: the next block begins at `next`. Gaps are fine. O(1).
///
/// Errors: FENCEPOST_BLOCK_REFUSED if it does not move the ids forward.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_block_allocator_replay(
    block_allocator: *mut fencepost_block_allocator,
    broker_id: i32,
    broker_epoch: i64,
    next: i64,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        command(block_allocator, nothing, error, |blocks, (), teller| {
            let record = NextProducerId { broker_id, broker_epoch, next };
            blocks.core.replay(record).map_err(|refusal| teller.tell(&refusal))
        })
    }
}

/// A broker's producer ids: the block in use, and the next one, fetched before it is needed. No id
/// is handed out twice, whatever the controller answers.
///
/// Made by fencepost_id_generator_new or fencepost_id_generator_init. One thread at a time may call
/// functions that take it without const.
pub struct fencepost_id_generator {
    head: Head,
    pub(crate) core: IdGenerator,
}
handle::opaque!(fencepost_id_generator, 0x6670_6964_7321_0001_u64);

impl Parts for fencepost_id_generator {
    type Plan = ();
    type Arrays = ();

    fn lay_out((): (), _: &mut Carver) -> Option<()> {
        Some(())
    }

    fn make((): (), head: Head, (): ()) -> Self {
        Self { head, core: IdGenerator::new() }
    }
}

/// How many bytes fencepost_id_generator_init needs. Any thread, any time.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_id_generator_size(size: *mut usize) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let size = unsafe { Out::new(size) }?;
        size.write(memory::size::<fencepost_id_generator>(())?);
        Ok(())
    })
}

/// Makes a generator without a block: the first id that is asked for is refused, and asks for one.
/// In memory of the caller, aligned to FENCEPOST_ALIGN and of at least what
/// fencepost_id_generator_size says, which must not be touched or moved until
/// fencepost_id_generator_fini.
///
/// Errors: FENCEPOST_MISALIGNED, FENCEPOST_BUFFER_TOO_SMALL, FENCEPOST_LENGTH.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_id_generator_init(
    memory: *mut c_void,
    memory_size: usize,
    id_generator: *mut *mut fencepost_id_generator,
) -> fencepost_status {
    // SAFETY: pointers are good for what they are named for: the header asks for it.
    call(|| unsafe {
        memory::init(memory.cast(), memory_size, (), [Extent::NOTHING], id_generator)
    })
}

/// Ends what fencepost_id_generator_init made: its memory is the caller's again.
///
/// Errors: FENCEPOST_HANDLE, also for what fencepost_id_generator_new made, which is left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_id_generator_fini(
    id_generator: *mut fencepost_id_generator,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    call(|| unsafe { memory::fini(id_generator) })
}

/// Makes a generator without a block: the first id that is asked for is refused, and asks for one.
/// On the heap: the caller owns it and gives it back with fencepost_id_generator_free.
///
/// Errors: FENCEPOST_MEMORY.
#[cfg(feature = "std")]
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_id_generator_new(
    id_generator: *mut *mut fencepost_id_generator,
) -> fencepost_status {
    // SAFETY: pointers are good for what they are named for: the header asks for it.
    call(|| unsafe { memory::new((), [Extent::NOTHING], id_generator) })
}

/// Frees what fencepost_id_generator_new made. NULL is left alone.
#[cfg(feature = "std")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_id_generator_free(id_generator: *mut fencepost_id_generator) {
    // SAFETY: the header says what a handle must be.
    call(|| unsafe {
        memory::free(id_generator);
        Ok(())
    });
}

impl Tell for WaitingForBlock {
    fn facts(&self) -> Facts {
        Facts::of(FENCEPOST_WAITING_FOR_BLOCK, self.error_code().get())
    }
}

impl Tell for UnusableBlock {
    fn facts(&self) -> Facts {
        let facts = Facts::of(FENCEPOST_UNUSABLE_BLOCK, -1);
        match *self {
            Self::NotAbove { last, got } => facts.numbers(last, got),
            Self::NoRange { first, len } => facts.numbers(first, len.into()),
            _ => facts,
        }
    }
}

/// A producer id that was never handed out before. Then ask fencepost_id_generator_poll_request.
/// O(1).
///
/// Errors: FENCEPOST_WAITING_FOR_BLOCK; nothing was handed out.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_id_generator_generate(
    id_generator: *mut fencepost_id_generator,
    now_ms: i64,
    producer_id: *mut i64,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        answer(id_generator, nothing, producer_id, error, |ids, (), teller| {
            let id = ids.core.generate(Timestamp::from_millis(now_ms));
            Ok(id.map_err(|waiting| teller.tell(&waiting))?.get())
        })
    }
}

/// Whether AllocateProducerIds is to be sent to the controller now. O(1). May run side by side with
/// other calls that take it as const.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_id_generator_poll_request(
    id_generator: *const fencepost_id_generator,
    wanted: *mut bool,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe { look(id_generator, wanted, |ids| Ok(ids.core.poll_request())) }
}

/// AllocateProducerIds was sent; does nothing if none was wanted. Then one of the other handle
/// functions says what came of it. O(1).
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_id_generator_handle_sent(
    id_generator: *mut fencepost_id_generator,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    unsafe {
        on_mut(id_generator, |ids| {
            ids.core.handle_sent();
            Ok(())
        })
    }
}

/// The controller gave `len` ids from `first`, for this broker. O(1).
///
/// Errors: FENCEPOST_UNUSABLE_BLOCK; it is asked again after 50 milliseconds.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_id_generator_handle_block(
    id_generator: *mut fencepost_id_generator,
    broker_id: i32,
    first: i64,
    len: i32,
    now_ms: i64,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        command(id_generator, nothing, error, |ids, (), teller| {
            let now = Timestamp::from_millis(now_ms);
            let taken = ids.core.handle_block(broker_id, first, len, now);
            taken.map_err(|unusable| teller.tell(&unusable))
        })
    }
}

/// The controller answered an error, or nothing that can be read (timed_out 0): it is asked again
/// after 50 milliseconds. Or the request timed out (1): it may be sent again at once. O(1).
///
/// Errors: FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_id_generator_handle_failure(
    id_generator: *mut fencepost_id_generator,
    timed_out: u32,
    now_ms: i64,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    unsafe {
        on_mut(id_generator, |ids| {
            match flag(timed_out)? {
                true => ids.core.handle_timeout(),
                false => ids.core.handle_error(Timestamp::from_millis(now_ms)),
            }
            Ok(())
        })
    }
}

/// The block in use and the one that was fetched ahead; len 0 for none. O(1). May run side by side
/// with other calls that take it as const.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_id_generator_blocks(
    id_generator: *const fencepost_id_generator,
    current: *mut fencepost_id_block,
    next: *mut fencepost_id_block,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on(id_generator, |ids| {
            let (current, next) = (Out::new(current)?, Out::new(next)?);
            apart([current.extent(), next.extent()], [extent_of(ids)])?;
            current.write(fencepost_id_block::of(ids.core.current_block()));
            let ahead = ids.core.next_block().unwrap_or(IdBlock::EMPTY);
            next.write(fencepost_id_block::of(ahead));
            Ok(())
        })
    }
}

/// Answers an InitProducerId without a transactional id: a new identity, or the client's own with a
/// higher epoch. -1 and -1 for a client that has none. O(1).
///
/// Errors: FENCEPOST_COORDINATOR; the client is answered error.kafka_code.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_init_idempotent(
    id_generator: *mut fencepost_id_generator,
    producer_id: i64,
    producer_epoch: i16,
    now_ms: i64,
    identity: *mut fencepost_identity,
    error: *mut fencepost_error,
) -> fencepost_status {
    call(|| {
        // SAFETY: the header says what handles and pointers must be.
        let (ids, out, teller) =
            unsafe { (exclusive(id_generator)?, Out::new(identity)?, Teller::new(error)?) };
        apart([out.extent(), teller.extent(), teller.text()], [extent_of(ids)])?;
        let now = Timestamp::from_millis(now_ms);
        let new_id = || ids.core.generate(now).map_err(|waiting| waiting.error_code());
        let given = InitProducerId::idempotent(producer_id, producer_epoch, new_id);
        out.write(fencepost_identity::of(given.map_err(|refusal| refused(teller, &refusal))?));
        Ok(())
    })
}
