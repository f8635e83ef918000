//! Which producer makes room for another? (R60)

use super::batch::{Context, Origin};
use super::config::FullPolicy;
use super::guards::VerificationEntry;
use super::index::IndexLine;
use super::partition::Partition;
use super::rejection::Reason;
use super::slot::{NO_SLOT, Slot};
use super::table::Memory;
use super::transactions::OpenTransaction;
use crate::ids::Timestamp;
use crate::window::Tag;

/// How many slots are looked at for the best victim, where no order of recording is kept.
const SAMPLE: u32 = 64;

impl<S, I, X, G, T> Partition<S, I, X, G, T>
where
    S: Memory<Slot<T>>,
    I: Memory<IndexLine>,
    X: Memory<OpenTransaction>,
    G: Memory<VerificationEntry>,
    T: Tag,
{
    /// Whether `wanted` more producers can be added, with the evictions that the policy and the
    /// origin allow. O(1) while there are free slots; else O(open transactions) where recency is
    /// kept, and O(producers) at worst where not.
    pub(super) fn check_room(
        &self,
        context: &Context<T>,
        wanted: u32,
        spared: &impl Fn(i64) -> bool,
    ) -> Result<(), Reason> {
        let capacity = self.capacity();
        let evictions = wanted.saturating_sub(capacity.saturating_sub(self.len()));
        if evictions == 0 {
            return Ok(());
        }
        let forced = Self::is_forced(context.origin);
        let room = match self.rules.full {
            FullPolicy::Refuse if !forced => false,
            FullPolicy::EvictExpired if !forced => {
                let expired = |slot: &Slot<T>| self.is_expired(slot, context.now);
                let found =
                    self.sample().filter(|(_, slot)| expired(slot) && !spares(slot, spared));
                reaches(found, evictions)
            }
            // By slot number is as good as by age to count them.
            _ => {
                let all = self.producers.iter();
                reaches(all.filter(|slot| !spares(slot, spared)), evictions)
            }
        };
        match (room, forced) {
            (true, _) => Ok(()),
            (false, true) => Err(Reason::ReplicaFull { capacity }),
            (false, false) => Err(Reason::ProducersFull { capacity }),
        }
    }

    /// The producer that goes. Its slot is the first that policy and origin name, and never one
    /// with an open transaction.
    pub(super) fn victim(
        &self,
        origin: Origin,
        now: Timestamp,
        spared: &impl Fn(i64) -> bool,
    ) -> Option<u32> {
        if self.keeps_recency() {
            let mut at = self.recency.oldest();
            while let Some((number, slot)) = at.and_then(|n| Some((n, self.producers.get(n)?))) {
                if !spares(slot, spared) {
                    return Some(number);
                }
                at = (slot.newer != NO_SLOT).then_some(slot.newer);
            }
            return None;
        }
        let free = |(_, slot): &(u32, &Slot<T>)| !spares(slot, spared);
        let sampled = || self.sample().filter(free);
        let expired = sampled().find(|(_, slot)| self.is_expired(slot, now));
        if expired.is_some() || !Self::is_forced(origin) {
            return expired.map(|(number, _)| number);
        }
        let oldest = sampled().min_by_key(|(_, slot)| slot.last_timestamp());
        oldest.or_else(|| (0..).zip(self.producers.iter()).find(free)).map(|(number, _)| number)
    }

    /// The next slots of the sweep, around the end.
    fn sample(&self) -> impl Iterator<Item = (u32, &Slot<T>)> {
        let len = self.len();
        let from = if self.producers.sweep < len { self.producers.sweep } else { 0 };
        (from..len)
            .chain(0..from)
            .take(usize::try_from(SAMPLE).unwrap_or(0))
            .filter_map(|number| Some((number, self.producers.get(number)?)))
    }
}

/// A producer with an open transaction is never pushed out, nor one that the append itself writes
/// to.
fn spares<T: Tag>(slot: &Slot<T>, spared: &impl Fn(i64) -> bool) -> bool {
    slot.current_txn_first_offset().is_some() || spared(slot.producer_id())
}

fn reaches(found: impl Iterator, wanted: u32) -> bool {
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    found.take(wanted).count() >= wanted
}
