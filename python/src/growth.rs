//! How does a partition on the heap grow with what it holds, alone or behind a pipeline?

use fencepost::broker::{
    Guard, IndexLine, OpenTransaction, Reason, Slot, Verification, VerificationEntry, index_lines,
};
use fencepost::ids::Timestamp;
use pyo3::prelude::*;

use crate::room::{Core, filled, to_usize};

/// What can be given more memory.
pub(crate) trait Grows {
    fn partition(&self) -> &Core;
    fn begin_growth(&mut self, slots: Vec<Slot>, index: Vec<IndexLine>) -> bool;
    /// Moves producers into the bigger memory; `true` when all are there.
    fn go_on_growing(&mut self) -> bool;
    fn grow_transactions(&mut self, transactions: Vec<OpenTransaction>) -> bool;
    fn grow_guards(&mut self, guards: Vec<VerificationEntry>) -> bool;
}

impl Grows for Core {
    fn partition(&self) -> &Core {
        self
    }

    fn begin_growth(&mut self, slots: Vec<Slot>, index: Vec<IndexLine>) -> bool {
        self.grow(slots, index).is_ok()
    }

    fn go_on_growing(&mut self) -> bool {
        self.grow_step(u32::MAX).is_some()
    }

    fn grow_transactions(&mut self, transactions: Vec<OpenTransaction>) -> bool {
        self.grow_transactions(transactions).is_ok()
    }

    fn grow_guards(&mut self, guards: Vec<VerificationEntry>) -> bool {
        self.grow_guards(guards).is_ok()
    }
}

/// How much memory there is beside the slots, and whether it may become more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Growth {
    pub(crate) is_bounded: bool,
    pub(crate) transactions: usize,
    pub(crate) guards: usize,
}

impl Growth {
    /// Makes room for so many more producers and transactions, if it may grow.
    pub(crate) fn make_room(
        &mut self,
        host: &mut impl Grows,
        producers: usize,
        transactions: usize,
    ) -> PyResult<()> {
        if self.is_bounded {
            return Ok(());
        }
        let wanted = to_usize(host.partition().len()) + producers;
        let capacity = to_usize(host.partition().capacity());
        if wanted > capacity {
            let len = wanted.max(capacity * 2);
            let index = filled(IndexLine::EMPTY, index_lines(len))?;
            if host.begin_growth(filled(Slot::EMPTY, len)?, index) {
                while !host.go_on_growing() {}
            }
        }
        let used = host.partition().ongoing_transactions().len()
            + host.partition().unreplicated_transactions().len();
        let wanted = used + transactions;
        if wanted > self.transactions {
            let len = wanted.max(self.transactions * 2);
            if host.grow_transactions(filled(OpenTransaction::EMPTY, len)?) {
                self.transactions = len;
            }
        }
        Ok(())
    }

    /// Begins a verification with room for it, if there may be more.
    pub(crate) fn verify<H: Grows, E>(
        &mut self,
        host: &mut H,
        (wanted, now): (&Verification, Timestamp),
        start: impl Fn(&mut H, &Verification, Timestamp) -> Result<Guard, E>,
        reason: impl Fn(&E) -> Option<Reason>,
    ) -> Result<Guard, E> {
        loop {
            let started = start(host, wanted, now);
            let reason = started.as_ref().err().and_then(&reason);
            let is_full = matches!(reason, Some(Reason::GuardsFull { .. }));
            if !is_full || self.is_bounded {
                return started;
            }
            let len = self.guards * 2;
            let Ok(bigger) = filled(VerificationEntry::EMPTY, len) else { return started };
            if !host.grow_guards(bigger) {
                return started;
            }
            self.guards = len;
        }
    }
}
