//! How is a ticket carried through a place that can't hold a Rust value: another language, a queue?

use super::admission::{Change, ChangeKind, Ticket};
use super::batch::Origin;
use super::guards::VerificationEntry;
use super::index::IndexLine;
use super::partition::Partition;
use super::slot::Slot;
use super::table::Memory;
use super::transactions::OpenTransaction;
use crate::ids::Timestamp;
use crate::window::Tag;

/// How many words a ticket is.
pub const TICKET_WORDS: usize = 8;

/// Words that are no ticket of the partition that was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForeignTicket;

impl core::fmt::Display for ForeignTicket {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the words are no ticket of this partition")
    }
}

impl core::error::Error for ForeignTicket {}

const ORIGINS: [Origin; 4] =
    [Origin::Client, Origin::Coordinator, Origin::Replication, Origin::RaftLeader];

const KINDS: [ChangeKind; 7] = [
    ChangeKind::Untracked,
    ChangeKind::EmptyControl,
    ChangeKind::Data,
    ChangeKind::OpeningData,
    ChangeKind::Marker,
    ChangeKind::Commit,
    ChangeKind::Abort,
];

const TRANSACTIONAL: u8 = 0x80;

impl<S, I, X, G, T> Partition<S, I, X, G, T>
where
    S: Memory<Slot<T>>,
    I: Memory<IndexLine>,
    X: Memory<OpenTransaction>,
    G: Memory<VerificationEntry>,
    T: Tag,
{
    /// The ticket as words that may be copied, kept and sent. O(1).
    ///
    /// The last one seals the others with the partition's key. It tells a mistake, not an attack:
    /// who may change words at will in the same process may change the partition too.
    #[inline(always)]
    #[must_use]
    pub fn ticket_to_words(&self, ticket: &Ticket<T>) -> [u64; TICKET_WORDS] {
        let change = &ticket.change;
        let transactional = if ticket.transactional { TRANSACTIONAL } else { 0 };
        let body = [
            ticket.version,
            ticket.producer_id.cast_unsigned(),
            ticket.now.as_millis().cast_unsigned(),
            change.timestamp.cast_unsigned(),
            // Only data has a tag, and only a marker a transaction that it ends.
            change.first_offset.cast_unsigned() | u64::from(change.tag.to_bits()),
            u64::from(ticket.slot) | u64::from(ticket.last_offset_delta.cast_unsigned()) << 32,
            u64::from(change.number.cast_unsigned())
                | u64::from(ticket.producer_epoch.cast_unsigned()) << 32
                | u64::from(number_of(ticket.origin) | transactional) << 48
                | u64::from(change.kind.number()) << 56,
        ];
        let [version, producer, now, timestamp, first_or_tag, place, kinds] = body;
        let seal = self.producers.hasher().seal(&body);
        [version, producer, now, timestamp, first_or_tag, place, kinds, seal]
    }

    /// The ticket of [`Partition::ticket_to_words`]. O(1). That it is the partition's says nothing
    /// of its age: [`Partition::record`] refuses a stale one as ever.
    ///
    /// # Errors
    /// [`ForeignTicket`] if a word was changed, or another partition's seed made them.
    #[inline(always)]
    pub fn ticket_from_words(
        &self,
        words: &[u64; TICKET_WORDS],
    ) -> Result<Ticket<T>, ForeignTicket> {
        let [version, producer, now, timestamp, first_or_tag, place, kinds, seal] = *words;
        let body = [version, producer, now, timestamp, first_or_tag, place, kinds];
        if self.producers.hasher().seal(&body) != seal {
            return Err(ForeignTicket);
        }
        let [s0, s1, s2, s3, d0, d1, d2, d3] = place.to_le_bytes();
        let [n0, n1, n2, n3, epoch_low, epoch_high, origin, kind] = kinds.to_le_bytes();
        let transactional = origin & TRANSACTIONAL != 0;
        let origin = ORIGINS.get(usize::from(origin & !TRANSACTIONAL)).ok_or(ForeignTicket)?;
        let kind = KINDS.get(usize::from(kind)).ok_or(ForeignTicket)?;
        let (first_offset, tag) = match kind {
            ChangeKind::Data | ChangeKind::OpeningData => {
                (0, T::from_bits(u32::try_from(first_or_tag).map_err(|_| ForeignTicket)?))
            }
            _ => (first_or_tag.cast_signed(), T::UNKNOWN),
        };
        Ok(Ticket {
            version,
            producer_id: producer.cast_signed(),
            slot: u32::from_le_bytes([s0, s1, s2, s3]),
            now: Timestamp::from_millis(now.cast_signed()),
            last_offset_delta: i32::from_le_bytes([d0, d1, d2, d3]),
            producer_epoch: i16::from_le_bytes([epoch_low, epoch_high]),
            origin: *origin,
            transactional,
            change: Change {
                kind: *kind,
                number: i32::from_le_bytes([n0, n1, n2, n3]),
                timestamp: timestamp.cast_signed(),
                first_offset,
                tag,
            },
        })
    }
}

const fn number_of(origin: Origin) -> u8 {
    match origin {
        Origin::Client => 0,
        Origin::Coordinator => 1,
        Origin::Replication => 2,
        Origin::RaftLeader => 3,
    }
}
