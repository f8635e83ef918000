//! The handle, and where its memory is.

use fencepost::broker::{
    IndexLine, OpenTransaction, Partition, Slot, Storage, VerificationEntry, index_lines,
};
use fencepost::pipeline::{Pipeline, Undecided};

use super::config::Plan;
use super::growth::Growth;
use crate::boundary::memory::Parts;
use crate::boundary::{Carver, Head, handle};
use crate::status::fencepost_status::{self, *};

pub(crate) type Array<T> = &'static mut [T];

/// The core's type with the handle's memory.
pub(crate) type Core =
    Partition<Array<Slot>, Array<IndexLine>, Array<OpenTransaction>, Array<VerificationEntry>>;

/// The core's pipeline with the handle's memory.
pub(crate) type Line = Pipeline<
    Array<Undecided>,
    Array<Slot>,
    Array<IndexLine>,
    Array<OpenTransaction>,
    Array<VerificationEntry>,
>;

/// What a broker knows of the producers that write to one log.
///
/// Made by fencepost_partition_new or fencepost_partition_init. One thread at a time may call
/// functions that take it without const; those that take it as const may run side by side with each
/// other.
pub struct fencepost_partition {
    head: Head,
    /// With a pool of no batches unless `undecided` asked for one.
    pub(crate) line: Line,
    pub(crate) plan: Plan,
    pub(super) growth: Growth,
}
handle::opaque!(fencepost_partition, 0x6670_7061_7274_0001_u64, |it| it.growth.beside());

impl fencepost_partition {
    #[inline(always)]
    pub(crate) fn core(&self) -> &Core {
        self.line.partition()
    }

    /// It lies in other storages from now on.
    pub(super) fn reaches_beyond(&mut self) {
        self.head.reaches_beyond();
    }

    /// The partition, to change it past the pipeline.
    #[inline(always)]
    pub(crate) fn core_mut(&mut self) -> Result<&mut Core, fencepost_status> {
        self.line.partition_mut().ok_or(FENCEPOST_UNDECIDED)
    }
}

/// A partition's arrays.
pub(crate) struct Arrays {
    pub(super) storage:
        Storage<Array<Slot>, Array<IndexLine>, Array<OpenTransaction>, Array<VerificationEntry>>,
    pub(super) pool: Array<Undecided>,
}

impl Arrays {
    pub(crate) fn lay_out(plan: &Plan, carver: &mut Carver) -> Option<Self> {
        Self::of(plan.producers, plan.transactions, plan.guards, plan.undecided, carver)
    }

    pub(super) fn of(
        producers: u32,
        transactions: u32,
        guards: u32,
        undecided: u32,
        carver: &mut Carver,
    ) -> Option<Self> {
        let producers = usize::try_from(producers).ok()?;
        // The index first: it wants the largest alignment.
        let index = carver.array(index_lines(producers), IndexLine::EMPTY)?;
        let slots = carver.array(producers, Slot::EMPTY)?;
        let transactions =
            carver.array(usize::try_from(transactions).ok()?, OpenTransaction::EMPTY)?;
        let guards = carver.array(usize::try_from(guards).ok()?, VerificationEntry::EMPTY)?;
        let pool = carver.array(usize::try_from(undecided).ok()?, Undecided::EMPTY)?;
        Some(Self { storage: Storage { slots, index, transactions, guards }, pool })
    }

    /// How many producers, transactions, guards and undecided batches there is room for.
    pub(super) fn lens(&self) -> [usize; 4] {
        let Storage { slots, transactions, guards, .. } = &self.storage;
        [slots.len(), transactions.len(), guards.len(), self.pool.len()]
    }

    pub(crate) fn partition(self, plan: &Plan) -> (Core, Array<Undecided>) {
        (Partition::new(self.storage, plan.config), self.pool)
    }
}

impl Parts for fencepost_partition {
    type Plan = Plan;
    type Arrays = Arrays;

    fn lay_out(plan: Plan, carver: &mut Carver) -> Option<Arrays> {
        Arrays::lay_out(&plan, carver)
    }

    fn make(plan: Plan, head: Head, arrays: Arrays) -> Self {
        let (core, pool) = arrays.partition(&plan);
        Self { head, line: Pipeline::new(core, pool), plan, growth: Growth::NONE }
    }

    fn release(&mut self) {
        self.growth.end();
    }
}
