//! A batch and what is known beside it, as C says them.

use core::mem::offset_of;

use fencepost::broker::{
    Batch, BatchKind, Context, Guard, NewProducers, Origin, TransactionVersion,
};
use fencepost::ids::Timestamp;
use fencepost::wire::{BatchHeader, EndTxnMarker, MarkerKind};

use crate::boundary::Versioned;
use crate::status::fencepost_status::{self, *};

/// The header of a record batch of format 2. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_batch_header {
    /// Offset of the first record.
    pub base_offset: i64,
    /// Timestamp that the records' deltas are added to, in milliseconds since 1970.
    pub base_timestamp: i64,
    /// Largest timestamp, in milliseconds since 1970.
    pub max_timestamp: i64,
    /// Producer id, or -1.
    pub producer_id: i64,
    /// Bytes of the batch after its first 12.
    pub batch_length: i32,
    /// The leader's epoch when the batch was appended.
    pub partition_leader_epoch: i32,
    /// CRC-32C of everything behind it.
    pub crc: u32,
    /// Last offset minus base offset.
    pub last_offset_delta: i32,
    /// Sequence of the first record, or -1.
    pub base_sequence: i32,
    /// How many records there are.
    pub records_count: i32,
    /// Codec in bits 0 to 2, log-append time in 3, transactional in 4, control in 5, delete horizon
    /// in 6.
    pub attributes: i16,
    /// Producer epoch, or -1.
    pub producer_epoch: i16,
    /// Ignored when read, 0 when written.
    pub reserved: u32,
}

impl fencepost_batch_header {
    /// The same in Rust, where it is.
    #[inline(always)]
    pub(crate) const fn as_core(&self) -> &BatchHeader {
        // SAFETY: both are `repr(C)`, and the assertions below say that the members lie alike.
        unsafe { &*core::ptr::from_ref(self).cast::<BatchHeader>() }
    }

    pub(crate) fn of(header: &BatchHeader) -> Self {
        Self {
            base_offset: header.base_offset,
            base_timestamp: header.base_timestamp,
            max_timestamp: header.max_timestamp,
            producer_id: header.producer_id,
            batch_length: header.batch_length,
            partition_leader_epoch: header.partition_leader_epoch,
            crc: header.crc,
            last_offset_delta: header.last_offset_delta,
            base_sequence: header.base_sequence,
            records_count: header.records_count,
            attributes: header.attributes.0,
            producer_epoch: header.producer_epoch,
            reserved: 0,
        }
    }
}

const _: () = {
    macro_rules! alike {
        ($($member:ident)*) => {
            $(assert!(
                offset_of!(BatchHeader, $member) == offset_of!(fencepost_batch_header, $member)
            );)*
        };
    }
    alike!(base_offset base_timestamp max_timestamp producer_id batch_length);
    alike!(partition_leader_epoch crc last_offset_delta base_sequence records_count);
    alike!(attributes producer_epoch);
    assert!(size_of::<BatchHeader>() == size_of::<fencepost_batch_header>());
    assert!(align_of::<BatchHeader>() == align_of::<fencepost_batch_header>());
};

/// What a batch is: fencepost_batch.kind.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_batch_kind {
    /// Records.
    FENCEPOST_BATCH_KIND_DATA = 0,
    /// A marker that commits a transaction.
    FENCEPOST_BATCH_KIND_COMMIT = 1,
    /// A marker that aborts a transaction.
    FENCEPOST_BATCH_KIND_ABORT = 2,
    /// A control batch whose record compaction took away.
    FENCEPOST_BATCH_KIND_EMPTY_CONTROL = 3,
}
use fencepost_batch_kind::*;

/// A batch as a partition looks at it. Frozen: it never grows.
///
/// fencepost_batch_read fills it in from bytes. Take a client's batch with kind
/// FENCEPOST_BATCH_KIND_DATA or after fencepost_validate, since a marker counts whoever brings it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_batch {
    /// The header, unchecked: replication may have brought any numbers.
    pub header: fencepost_batch_header,
    /// A marker's timestamp, in milliseconds since 1970; otherwise ignored.
    pub marker_timestamp: i64,
    /// A marker's coordinator epoch; otherwise ignored.
    pub coordinator_epoch: i32,
    /// A fencepost_batch_kind. It decides, not the header's control bit.
    pub kind: u32,
}

impl fencepost_batch {
    #[inline(always)]
    pub(crate) fn read(&self) -> Result<Batch, fencepost_status> {
        let header = *self.header.as_core();
        if self.kind == FENCEPOST_BATCH_KIND_DATA as u32 {
            return Ok(Batch::data(header));
        }
        self.read_control(header)
    }

    #[inline(never)]
    fn read_control(&self, header: BatchHeader) -> Result<Batch, fencepost_status> {
        const COMMIT: u32 = FENCEPOST_BATCH_KIND_COMMIT as u32;
        const ABORT: u32 = FENCEPOST_BATCH_KIND_ABORT as u32;
        const EMPTY: u32 = FENCEPOST_BATCH_KIND_EMPTY_CONTROL as u32;
        let kind = match self.kind {
            COMMIT => MarkerKind::Commit,
            ABORT => MarkerKind::Abort,
            EMPTY => return Ok(Batch::empty_control(header)),
            _ => return Err(FENCEPOST_VALUE),
        };
        let (coordinator_epoch, timestamp) = (self.coordinator_epoch, self.marker_timestamp);
        let marker = EndTxnMarker { kind, coordinator_epoch, timestamp };
        Ok(Batch::end_transaction(header, marker))
    }

    pub(crate) fn of(batch: &Batch) -> Self {
        let header = fencepost_batch_header::of(&batch.header);
        let (kind, marker) = match batch.kind {
            BatchKind::Data => (FENCEPOST_BATCH_KIND_DATA, None),
            BatchKind::EmptyControl => (FENCEPOST_BATCH_KIND_EMPTY_CONTROL, None),
            BatchKind::EndTransaction(marker) => (kind_of(marker.kind), Some(marker)),
        };
        Self {
            header,
            marker_timestamp: marker.map_or(-1, |marker| marker.timestamp),
            coordinator_epoch: marker.map_or(-1, |marker| marker.coordinator_epoch),
            kind: kind as u32,
        }
    }
}

pub(crate) const fn kind_of(kind: MarkerKind) -> fencepost_batch_kind {
    match kind {
        MarkerKind::Commit => FENCEPOST_BATCH_KIND_COMMIT,
        MarkerKind::Abort => FENCEPOST_BATCH_KIND_ABORT,
    }
}

pub(crate) fn marker_kind(kind: u32) -> Result<MarkerKind, fencepost_status> {
    const COMMIT: u32 = FENCEPOST_BATCH_KIND_COMMIT as u32;
    const ABORT: u32 = FENCEPOST_BATCH_KIND_ABORT as u32;
    match kind {
        COMMIT => Ok(MarkerKind::Commit),
        ABORT => Ok(MarkerKind::Abort),
        _ => Err(FENCEPOST_VALUE),
    }
}

/// Who appends, and so how strict to be: fencepost_context.origin.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_origin {
    /// A produce request: everything is checked.
    FENCEPOST_ORIGIN_CLIENT = 0,
    /// The coordinator on the leader: transaction markers, group metadata.
    FENCEPOST_ORIGIN_COORDINATOR = 1,
    /// A follower's append, and every replay of the log: what the leader accepted is taken.
    FENCEPOST_ORIGIN_REPLICATION = 2,
    /// The leader of a metadata log, whose offsets are assigned already.
    FENCEPOST_ORIGIN_RAFT_LEADER = 3,
}

#[inline(always)]
pub(crate) fn origin(number: u32) -> Result<Origin, fencepost_status> {
    match number {
        0 => Ok(Origin::Client),
        1 => Ok(Origin::Coordinator),
        2 => Ok(Origin::Replication),
        3 => Ok(Origin::RaftLeader),
        _ => Err(FENCEPOST_VALUE),
    }
}

#[inline(always)]
pub(crate) fn transaction_version(number: u32) -> Result<TransactionVersion, fencepost_status> {
    match number {
        0 => Ok(TransactionVersion::V0),
        1 => Ok(TransactionVersion::V1),
        2 => Ok(TransactionVersion::V2),
        _ => Err(FENCEPOST_VALUE),
    }
}

#[inline(always)]
pub(crate) fn flag(number: u32) -> Result<bool, fencepost_status> {
    match number {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(FENCEPOST_VALUE),
    }
}

/// What a broker knows of an append beside the batch. 0 in a member that need not be given means
/// its default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_context {
    /// sizeof(fencepost_context).
    pub struct_size: u32,
    /// A fencepost_origin.
    pub origin: u32,
    /// The broker's clock, in milliseconds since 1970.
    pub now_ms: i64,
    /// The guard of the verification that a transactional write went through; 0 if none did.
    pub guard: u64,
    /// The transaction version of a marker's coordinator: 0, 1 or 2.
    pub transaction_version: u32,
    /// 1 if a producer that the partition does not know may not begin now: refused for clients,
    /// ignored for every other origin.
    pub refuse_new_producers: u32,
    /// 1 if the partition's log has never held a record, for
    /// FENCEPOST_UNKNOWN_PRODUCER_ZERO_IF_NEVER_WRITTEN.
    pub never_written: u32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers only.
unsafe impl Versioned for fencepost_context {
    const FIRST: usize = 16;
}

impl fencepost_context {
    #[inline(always)]
    pub(crate) fn read(&self) -> Result<Context, fencepost_status> {
        let mut context = Context::new(origin(self.origin)?, Timestamp::from_millis(self.now_ms));
        context.guard = Guard::from_bits(self.guard);
        let rest = self.transaction_version
            | self.refuse_new_producers
            | self.never_written
            | self.reserved;
        if rest != 0 {
            self.read_rest(&mut context)?;
        }
        Ok(context)
    }

    /// Whether it has today's size, and is a client's: both at once.
    ///
    /// # Safety
    /// The struct can be read there, as far as any age of it went.
    #[inline(always)]
    pub(crate) const unsafe fn is_of_client(context: *const Self) -> bool {
        const { assert!(offset_of!(Self, origin) == 4 && Self::FIRST >= 8) };
        const USUAL: [u32; 2] = [
            size_of::<fencepost_context>() as u32,
            fencepost_origin::FENCEPOST_ORIGIN_CLIENT as u32,
        ];
        // SAFETY: the caller promises it, and a struct of options is aligned to eight.
        let word = unsafe { context.cast::<u64>().read() };
        // SAFETY: of the same size, and any bits are a number.
        word == const { unsafe { core::mem::transmute::<[u32; 2], u64>(USUAL) } }
    }

    /// The clock, where it is.
    #[inline(always)]
    pub(crate) const fn now(&self) -> &Timestamp {
        const { assert!(size_of::<Timestamp>() == size_of::<i64>()) };
        // SAFETY: a timestamp is a transparent number, and any is one.
        unsafe { &*(&raw const self.now_ms).cast::<Timestamp>() }
    }

    #[inline(never)]
    fn read_rest(&self, context: &mut Context) -> Result<(), fencepost_status> {
        context.transaction_version = transaction_version(self.transaction_version)?;
        if flag(self.refuse_new_producers)? {
            context.new_producers = NewProducers::Refused;
        }
        context.never_written = flag(self.never_written)?;
        if self.reserved == 0 { Ok(()) } else { Err(FENCEPOST_VALUE) }
    }
}
