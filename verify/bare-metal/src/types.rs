//! What each generic type of the crate is in the image: memory of a length that the optimizer does
//! not know, eight places a partition, and tags of a batch's content; with the feature
//! `other-types` memory that keeps no promise, one place, and no tags.
//!
//! `functions.py` reads this: every generic public type needs a line here, and a line for a type
//! that is no more is refused.

use core::hash::Hasher;

use fencepost::snapshot::{full, v1::V1};

#[cfg(not(feature = "other-types"))]
mod parameters {
    pub(crate) type Tag = fencepost::window::ContentTag;
    pub(crate) const PLACES: usize = 8;

    /// A caller's memory: a slice. Another one where it is cloned.
    #[derive(Debug)]
    pub(crate) struct Memory<E: 'static> {
        entries: &'static mut [E],
        another: fn() -> Self,
    }

    impl<E> Memory<E> {
        pub(super) fn read(&self) -> &[E] {
            self.entries
        }

        pub(super) fn write(&mut self) -> &mut [E] {
            self.entries
        }

        pub(super) fn another(&self) -> Self {
            (self.another)()
        }
    }
}

#[cfg(feature = "other-types")]
mod parameters {
    pub(crate) type Tag = ();
    pub(crate) const PLACES: usize = 1;

    /// A caller's memory that keeps no promise: each time it is asked it may be another one.
    #[derive(Debug)]
    pub(crate) struct Memory<E: 'static> {
        read: fn() -> &'static [E],
        write: fn() -> &'static mut [E],
        another: fn() -> Self,
    }

    impl<E> Memory<E> {
        pub(super) fn read(&self) -> &[E] {
            (self.read)()
        }

        pub(super) fn write(&mut self) -> &mut [E] {
            (self.write)()
        }

        pub(super) fn another(&self) -> Self {
            (self.another)()
        }
    }
}

pub(crate) use parameters::{Memory, PLACES, Tag};

impl<E> AsRef<[E]> for Memory<E> {
    fn as_ref(&self) -> &[E] {
        self.read()
    }
}

impl<E> AsMut<[E]> for Memory<E> {
    fn as_mut(&mut self) -> &mut [E] {
        self.write()
    }
}

impl<E> Clone for Memory<E> {
    fn clone(&self) -> Self {
        self.another()
    }
}

pub(crate) type Slots = Memory<Slot>;
pub(crate) type Lines = Memory<fencepost::broker::IndexLine>;
pub(crate) type Transactions = Memory<fencepost::broker::OpenTransaction>;
pub(crate) type Guards = Memory<fencepost::broker::VerificationEntry>;
pub(crate) type Trails = Memory<fencepost::audit::Trail>;
type Pool = Memory<Undecided>;
type Pending = Memory<PendingProducer>;
type Staged = Memory<fencepost::broker::PendingTransaction>;
type ProducerSlots = Memory<ProducerSlot>;
type Tracks = Memory<Track>;
type Flags = Memory<fencepost::producer::transactions::PartitionFlag>;

// window
pub(crate) type Window = fencepost::window::Window<'static, Tag>;

// broker
pub(crate) type Slot = fencepost::broker::Slot<Tag>;
pub(crate) type Context = fencepost::broker::Context<Tag>;
pub(crate) type Admission = fencepost::broker::Admission<Tag>;
pub(crate) type Ticket = fencepost::broker::Ticket<Tag>;
pub(crate) type Stale = fencepost::broker::Stale<Tag>;
pub(crate) type Storage = fencepost::broker::Storage<Slots, Lines, Transactions, Guards>;
pub(crate) type Partition = fencepost::broker::Partition<Slots, Lines, Transactions, Guards, Tag>;
pub(crate) type PendingProducer = fencepost::broker::PendingProducer<Tag>;
pub(crate) type Scratch = fencepost::broker::Scratch<Pending, Lines, Staged, Tag>;
pub(crate) type Append = fencepost::broker::Append<
    'static,
    Slots,
    Lines,
    Transactions,
    Guards,
    Pending,
    Lines,
    Staged,
    Tag,
>;

// pipeline
pub(crate) type Undecided = fencepost::pipeline::Undecided<Tag>;
pub(crate) type PipelineAdmission = fencepost::pipeline::Admission<Tag>;
pub(crate) type PipelinePermit = fencepost::pipeline::Permit<Tag>;
pub(crate) type Pipeline =
    fencepost::pipeline::Pipeline<Pool, Slots, Lines, Transactions, Guards, Tag>;

// audit
pub(crate) type Audit = fencepost::audit::Audit<Slots, Lines, Transactions, Guards, Tag, Trails>;

// snapshot: what walks producers, and both formats
pub(crate) type Producers = core::iter::FromFn<fn() -> Option<&'static Slot>>;
pub(crate) type EncoderV1 = fencepost::snapshot::Encoder<V1, Producers>;
pub(crate) type Full = fencepost::snapshot::full::Full<Tag>;
pub(crate) type EncoderFull = fencepost::snapshot::Encoder<full::Full, Producers>;
pub(crate) type DecoderV1 = fencepost::snapshot::Decoder<V1>;
pub(crate) type DecoderFull = fencepost::snapshot::Decoder<Full>;
pub(crate) type EntriesV1 = fencepost::snapshot::Entries<'static, V1>;
pub(crate) type EntriesFull = fencepost::snapshot::Entries<'static, Full>;

// producer
pub(crate) type ProducerSlot = fencepost::producer::Slot<PLACES>;
pub(crate) type Producer = fencepost::producer::Producer<ProducerSlots, PLACES>;
pub(crate) type TransactionManager = fencepost::producer::transactions::TransactionManager<Flags>;

// journal
pub(crate) type Track = fencepost::journal::Track<PLACES>;
pub(crate) type Kept = fencepost::journal::Kept<PLACES>;
pub(crate) type Journal = fencepost::journal::Journal<Tracks, PLACES>;
pub(crate) type Journaled = fencepost::journal::Journaled<ProducerSlots, Tracks, PLACES>;
pub(crate) type Recovery = fencepost::journal::Recovery<Tracks, PLACES>;

// wire
pub(crate) type BatchView = fencepost::wire::BatchView<&'static [u8]>;

/// For the functions that hash a value: a hasher of which nothing is known.
pub(crate) struct AnyHasher {
    write: fn(&[u8]),
    finish: fn() -> u64,
}

impl Hasher for AnyHasher {
    fn write(&mut self, bytes: &[u8]) {
        (self.write)(bytes);
    }

    fn finish(&self) -> u64 {
        (self.finish)()
    }
}
