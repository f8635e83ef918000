//! What of a client survives its crash?
//!
//! [`Journal`] is what the simulator needs of one; [`Perfect`] keeps in memory exactly what the
//! resolve spec says is durable (J2, J3), in the order of writing, and may lose what was written
//! after the last record that had to be durable (J5).

use fencepost_oracle::random::Random;

use crate::piece::{Numbers, Piece, Word};

/// A batch as it was about to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The partition.
    pub partition: usize,
    /// Which topic of that name.
    pub topic: u32,
    /// Producer id, epoch and sequence.
    pub numbers: Numbers,
    /// What is in it: the cursor is its end (J4).
    pub piece: Piece,
    /// The largest timestamp of its records, in ms.
    pub timestamp: i64,
    /// When it was sent first, by the client's clock, in ms.
    pub first_sent: i64,
}

/// A record of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// The producer id. Durable before it is used.
    Identity(i64),
    /// A batch. Durable before it is sent.
    Batch(Kept),
    /// The batch that begins with this record keeps so many of them; the others are their own.
    /// Durable before either is sent.
    Split(usize, i64, i32),
    /// Another epoch of a partition, and the pieces that will be numbered anew in it. Durable
    /// before the first of them is sent.
    Bump(usize, i16, Vec<Piece>),
    /// A verdict: the batch that begins with this record is decided. *Not written* is durable
    /// before the application hears it; the others are written when there is time for it.
    Verdict(usize, i64, Word),
    /// An offset before which nothing of this producer stands.
    FirstUse(usize, i64),
}

impl Record {
    /// Of verdicts only *not written* must: who hears it may send the records anew.
    const fn must_be_durable(&self) -> bool {
        match self {
            Self::Verdict(_, _, word) => matches!(word, Word::NotWritten),
            Self::FirstUse(..) => false,
            _ => true,
        }
    }
}

/// What a journal gives back of a partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Which topic it was.
    pub topic: u32,
    /// Producer id and epoch, and the next sequence. `None`: never used.
    pub next: Option<Numbers>,
    /// The last sequence acknowledged in this epoch.
    pub last_acked: Option<i32>,
    /// The last offset acknowledged.
    pub acked_offset: Option<i64>,
    /// An offset before which nothing of this producer stands.
    pub first_use: Option<i64>,
    /// The timestamp of the newest batch that was acknowledged, in ms.
    pub newest_acked: Option<i64>,
    /// Whether anything was acknowledged.
    pub acked_ever: bool,
    /// Batches without a verdict, oldest first.
    pub undecided: Vec<Kept>,
    /// Pieces that are proven not to be written, and were not sent under their new numbers.
    pub unsent: Vec<Piece>,
    /// How far the source was read (J4).
    pub cursor: i64,
}

/// Durable memory of one client.
pub trait Journal: std::fmt::Debug {
    /// Writes a record.
    fn write(&mut self, record: Record);
    /// The process dies: what was not durable may be gone.
    fn crash(&mut self, random: &mut Random);
    /// The producer id, if there is one.
    fn identity(&self) -> Option<i64>;
    /// What is known of each partition.
    fn recover(&self, partitions: usize) -> Vec<Recovered>;
}

/// A journal that does what a journal must, and nothing more.
#[derive(Debug, Default)]
pub struct Perfect {
    records: Vec<Record>,
    durable: usize,
}

impl Journal for Perfect {
    fn write(&mut self, record: Record) {
        let durable = record.must_be_durable();
        self.records.push(record);
        if durable {
            self.durable = self.records.len();
        }
    }

    fn crash(&mut self, random: &mut Random) {
        let loose = i64::try_from(self.records.len() - self.durable).unwrap_or(0);
        let kept = usize::try_from(random.below(loose + 1)).unwrap_or(0);
        self.records.truncate(self.durable + kept);
        self.durable = self.records.len();
    }

    fn identity(&self) -> Option<i64> {
        self.records.iter().rev().find_map(|record| match record {
            Record::Identity(id) => Some(*id),
            _ => None,
        })
    }

    fn recover(&self, partitions: usize) -> Vec<Recovered> {
        let mut all = vec![Recovered::default(); partitions];
        for record in &self.records {
            match record {
                Record::Identity(_) => {}
                Record::Batch(kept) => all[kept.partition].take(*kept),
                Record::Split(partition, first, records) => {
                    all[*partition].split(*first, *records);
                }
                Record::Bump(partition, epoch, unsent) => all[*partition].bump(*epoch, unsent),
                Record::Verdict(partition, first, word) => all[*partition].decide(*first, *word),
                Record::FirstUse(partition, offset) => all[*partition].first_use = Some(*offset),
            }
        }
        all
    }
}

impl Recovered {
    fn take(&mut self, kept: Kept) {
        self.cursor = self.cursor.max(kept.piece.end());
        self.unsent.retain(|piece| piece.first != kept.piece.first);
        if self.topic != kept.topic {
            let (cursor, unsent) = (self.cursor, std::mem::take(&mut self.unsent));
            *self = Self { topic: kept.topic, cursor, unsent, ..Self::default() };
        }
        let Numbers { id, epoch, base } = kept.numbers;
        let end = fencepost::ids::raw::increment(base, kept.piece.records);
        let known = |other: &&mut Kept| other.numbers == kept.numbers;
        match self.undecided.iter_mut().find(known) {
            Some(other) => other.piece = kept.piece,
            None => self.undecided.push(kept),
        }
        if self.undecided.last().is_some_and(|last| last.numbers == kept.numbers) {
            self.next = Some(Numbers { id, epoch, base: end });
        }
    }

    fn split(&mut self, first: i64, records: i32) {
        let Some(at) = self.undecided.iter().position(|kept| kept.piece.first == first) else {
            return;
        };
        let whole = self.undecided[at];
        let mut rest = whole;
        rest.piece.first += i64::from(records);
        rest.piece.records -= records;
        rest.numbers.base = fencepost::ids::raw::increment(whole.numbers.base, records);
        self.undecided[at].piece.records = records;
        self.undecided.insert(at + 1, rest);
    }

    fn bump(&mut self, epoch: i16, unsent: &[Piece]) {
        self.undecided.clear();
        self.unsent = unsent.to_vec();
        self.last_acked = None;
        if let Some(next) = &mut self.next {
            (next.epoch, next.base) = (epoch, 0);
        }
    }

    fn decide(&mut self, first: i64, word: Word) {
        let Some(at) = self.undecided.iter().position(|kept| kept.piece.first == first) else {
            self.unsent.retain(|piece| piece.first != first);
            return;
        };
        let kept = self.undecided.remove(at);
        if let Word::Written(offset) = word {
            let (base, records) = (kept.numbers.base, kept.piece.records);
            self.last_acked = Some(fencepost::ids::raw::increment(base, records - 1));
            let end = offset.map(|offset| offset + i64::from(records) - 1);
            self.acked_offset = self.acked_offset.max(end);
            let remembered = kept.timestamp.min(kept.first_sent);
            self.newest_acked = Some(remembered);
            self.acked_ever = true;
        }
    }
}
