//! What did a producer write last, and was it this batch?
//!
//! A leader's state knows no contents, and forgets an epoch's batches when the next one begins. So
//! an audit that is to recognise what is written twice keeps a trail of its own.

use super::finding::FindingKind;
use crate::ids::{NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE, raw};
use crate::window::WINDOW_BATCHES;
use crate::wire::{BatchHeader, crc_with_header};

/// Half the circle of sequences: what lies further ahead than this lies behind.
pub(super) const HALF_CIRCLE: i32 = 1 << 30;

/// Trails among which a producer's may lie.
const WAYS: usize = 4;

/// One batch, by what its header tells of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Written {
    offset: i64,
    max_timestamp: i64,
    crc: u32,
    batch_length: i32,
    base_sequence: i32,
    producer_epoch: i16,
}

impl Written {
    /// No batch is of this length, so none equals it.
    const NONE: Self = Self {
        offset: -1,
        max_timestamp: 0,
        crc: 0,
        batch_length: -1,
        base_sequence: NO_SEQUENCE,
        producer_epoch: NO_PRODUCER_EPOCH,
    };

    const fn of(header: &BatchHeader) -> Self {
        Self {
            offset: header.base_offset,
            max_timestamp: header.max_timestamp,
            crc: header.crc,
            batch_length: header.batch_length,
            base_sequence: header.base_sequence,
            producer_epoch: header.producer_epoch,
        }
    }

    /// Whether a batch holds what this one does: its CRC, had it this one's epoch and sequence, is
    /// this one's. The broker's own timestamp does not count either.
    fn is_again(&self, header: &BatchHeader) -> bool {
        // What compaction has emptied says nothing of what it held.
        if self.batch_length != header.batch_length || header.records_count == 0 {
            return false;
        }
        let mut other = *header;
        other.producer_epoch = self.producer_epoch;
        other.base_sequence = self.base_sequence;
        if header.attributes.is_log_append_time() {
            other.max_timestamp = self.max_timestamp;
        }
        crc_with_header(header, &other) == self.crc
    }
}

/// A producer's trail: its last five batches, the five before its epoch began, and where its
/// sequences go on. 368 bytes of the caller's memory, lent with
/// [`Audit::with_trails`](super::Audit::with_trails).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trail {
    producer_id: i64,
    last_offset: i64,
    leader_epoch: i32,
    producer_epoch: i16,
    /// Data batches of this epoch, up to 255.
    batches: u8,
    /// The sequence that comes next, and the one where a second run goes on, if there is one.
    next: i32,
    aside: i32,
    /// What lies from here (first) to there (second, exclusive) was left out and may yet come.
    hole: Option<(i32, i32)>,
    /// The first run went on after the second had begun.
    went_on: bool,
    told: bool,
    /// Oldest first, as the other.
    recent: [Written; WINDOW_BATCHES],
    before: [Written; WINDOW_BATCHES],
}

const _: () = assert!(size_of::<Trail>() <= 368);

/// What a trail says of a batch.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Followed {
    pub(super) written_twice: Option<FindingKind>,
    pub(super) used_twice: Option<FindingKind>,
    /// For a batch that begins an epoch only.
    pub(super) narrowed: Option<FindingKind>,
}

impl Trail {
    /// No producer's.
    pub const EMPTY: Self = Self {
        producer_id: NO_PRODUCER_ID,
        last_offset: i64::MIN,
        leader_epoch: 0,
        producer_epoch: NO_PRODUCER_EPOCH,
        batches: 0,
        next: NO_SEQUENCE,
        aside: NO_SEQUENCE,
        hole: None,
        went_on: false,
        told: false,
        recent: [Written::NONE; WINDOW_BATCHES],
        before: [Written::NONE; WINDOW_BATCHES],
    };

    /// Takes in a data batch with a sequence. One of a lower epoch says nothing.
    pub(super) fn follow(&mut self, header: &BatchHeader) -> Followed {
        let mut followed = Followed::default();
        if self.batches > 0 && header.producer_epoch < self.producer_epoch {
            return followed;
        }
        if self.batches > 0 && header.producer_epoch > self.producer_epoch {
            followed.narrowed = self.narrowed(header);
            for old in self.recent {
                push(&mut self.before, old);
            }
            self.recent = [Written::NONE; WINDOW_BATCHES];
            self.batches = 0;
        }
        if self.batches == 0 {
            self.producer_epoch = header.producer_epoch;
            (self.next, self.aside) = (header.base_sequence, NO_SEQUENCE);
            (self.hole, self.went_on, self.told) = (None, false, false);
        }
        followed.written_twice = self.written_twice(header);
        if !self.is_copy(header) {
            followed.used_twice = self.used_twice(header);
            push(&mut self.recent, Written::of(header));
        }
        self.batches = self.batches.saturating_add(1);
        self.leader_epoch = header.partition_leader_epoch;
        self.last_offset = header.base_offset;
        followed
    }

    /// R82: a restart or a new leader shows in nothing but the leader epoch.
    fn narrowed(&self, header: &BatchHeader) -> Option<FindingKind> {
        let (current, got) = (self.leader_epoch, header.partition_leader_epoch);
        (got > current).then_some(FindingKind::WindowNarrowed { current, got })
    }

    /// R81. Transactions are left out: one that was aborted is rightly written again. (That bit is
    /// under the CRC, so what equals a batch without it is without it too.)
    fn written_twice(&mut self, header: &BatchHeader) -> Option<FindingKind> {
        if usize::from(self.batches) >= WINDOW_BATCHES || header.attributes.is_transactional() {
            return None;
        }
        let first = self.before.iter_mut().find(|written| written.is_again(header))?;
        // Of several equal ones each is named once.
        let first = core::mem::replace(first, Written::NONE);
        let (first_offset, first_epoch) = (first.offset, first.producer_epoch);
        Some(FindingKind::WrittenTwice { first_offset, first_epoch })
    }

    /// Whether a remembered batch of this epoch has the same sequence and content: one writer's
    /// retry, whatever else it is (R72).
    fn is_copy(&self, header: &BatchHeader) -> bool {
        let mut same = self.recent.iter().filter(|w| w.base_sequence == header.base_sequence);
        same.any(|written| written.is_again(header))
    }

    /// R83: a second run over sequences that were written goes on after the first one did.
    fn used_twice(&mut self, header: &BatchHeader) -> Option<FindingKind> {
        let got = header.base_sequence;
        let behind = raw::increment(header.last_sequence(), 1);
        let is_ahead = |of: i32| raw::decrement(got, of) < HALF_CIRCLE;
        let mut found = None;
        if is_ahead(self.next) {
            if got != self.next {
                self.hole = Some((self.next, got));
            }
            self.next = behind;
            self.went_on = true;
        } else if got == self.aside {
            if self.went_on && !self.told {
                self.told = true;
                found = Some(FindingKind::IdentityUsedTwice { first: self.next, second: got });
            }
            self.aside = behind;
        } else if !self.is_in_hole(got) {
            (self.aside, self.went_on) = (behind, false);
        }
        if self.aside == self.next {
            // The second run has caught up: it was a run written twice, by one writer.
            self.aside = NO_SEQUENCE;
        }
        found
    }

    /// Whether a sequence was left out, so that it is late and no second copy.
    fn is_in_hole(&self, sequence: i32) -> bool {
        let is_in = |(from, to)| raw::decrement(sequence, from) < raw::decrement(to, from);
        self.hole.is_some_and(is_in)
    }
}

/// Puts a batch last; the first one goes. One that is none is left out.
fn push(ring: &mut [Written; WINDOW_BATCHES], written: Written) {
    if written == Written::NONE {
        return;
    }
    let mut moved = written;
    for place in ring.iter_mut().rev() {
        core::mem::swap(place, &mut moved);
    }
}

/// A producer's trail, begun anew if it has none; `None` if there is no memory at all. Also whether
/// another producer's trail was given up for it: the one that wrote longest ago among four. O(1).
pub(super) fn of(trails: &mut [Trail], producer_id: i64) -> Option<(&mut Trail, bool)> {
    let groups = u64::try_from(trails.len().div_ceil(WAYS)).ok()?;
    // Kafka gives producer ids one after the other, so they spread by themselves.
    let group = producer_id.cast_unsigned().checked_rem(groups)?;
    let group = trails.chunks_mut(WAYS).nth(usize::try_from(group).ok()?)?;
    let place = match group.iter().position(|trail| trail.producer_id == producer_id) {
        Some(place) => place,
        None => (0..group.len()).min_by_key(|&n| group.get(n).map(|trail| trail.last_offset))?,
    };
    let trail = group.get_mut(place)?;
    let given_up = trail.producer_id != producer_id && *trail != Trail::EMPTY;
    if trail.producer_id != producer_id {
        *trail = Trail { producer_id, ..Trail::EMPTY };
    }
    Some((trail, given_up))
}

/// Puts trails into other memory. O(n).
pub(super) fn move_all(from: &[Trail], to: &mut [Trail]) {
    for old in from.iter().filter(|trail| trail.producer_id != NO_PRODUCER_ID) {
        if let Some((place, _given_up)) = of(to, old.producer_id) {
            *place = *old;
        }
    }
}
