//! Which transactions of a segment were aborted? The `.txnindex` file (broker spec 7.10).

use super::transactions::CompletedTransaction;

/// Bytes of an entry.
pub const TXN_INDEX_ENTRY_LEN: usize = 34;

/// An entry of a transaction index (R57).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AbortedTransaction {
    /// Whose transaction it was.
    pub producer_id: i64,
    /// Offset of its first record.
    pub first_offset: i64,
    /// Offset of the abort marker.
    pub last_offset: i64,
    /// The last stable offset as it was before.
    pub last_stable_offset: i64,
}

/// Why bytes are not a transaction index, or an entry may not be added to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TxnIndexError {
    /// The entry's version byte is above 0.
    UnknownVersion {
        /// Which entry, from 0.
        entry: usize,
        /// Its version byte.
        version: i8,
    },
    /// The entry's marker is not after the last one's.
    NotAfterLast {
        /// The last entry's marker offset.
        last: i64,
        /// The new one's.
        got: i64,
    },
    /// The entry's marker lies before the segment: the index is corrupt, and its segment is to be
    /// recovered.
    BeforeSegment {
        /// Which entry, from 0.
        entry: usize,
        /// The segment's base offset.
        base_offset: i64,
        /// The entry's marker offset.
        got: i64,
    },
}

impl core::fmt::Display for TxnIndexError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match *self {
            Self::UnknownVersion { entry, version } => {
                write!(f, "entry {entry} of the transaction index has version {version}, above 0")
            }
            Self::NotAfterLast { last, got } => write!(
                f,
                "a marker at offset {got} can't follow one at {last} in a transaction index"
            ),
            Self::BeforeSegment { entry, base_offset, got } => write!(
                f,
                "entry {entry} of the transaction index ends at offset {got}, before its segment \
                 at {base_offset}"
            ),
        }
    }
}

impl core::error::Error for TxnIndexError {}

impl CompletedTransaction {
    /// The index entry of an aborted transaction; committed ones have none.
    #[must_use]
    pub const fn index_entry(&self) -> Option<AbortedTransaction> {
        let Self { producer_id, first_offset, last_offset, aborted, last_stable_offset } = *self;
        if aborted {
            Some(AbortedTransaction { producer_id, first_offset, last_offset, last_stable_offset })
        } else {
            None
        }
    }
}

impl AbortedTransaction {
    /// The entry's bytes: version 0, then four big-endian 64-bit numbers.
    #[must_use]
    pub fn encode(&self) -> [u8; TXN_INDEX_ENTRY_LEN] {
        let mut bytes = [0; TXN_INDEX_ENTRY_LEN];
        let fields =
            [self.producer_id, self.first_offset, self.last_offset, self.last_stable_offset];
        let (_, body) = bytes.split_at_mut(2);
        for (place, field) in body.chunks_exact_mut(8).zip(fields) {
            place.copy_from_slice(&field.to_be_bytes());
        }
        bytes
    }

    /// Whether a READ_COMMITTED fetch of these offsets must be told of it (R58).
    #[must_use]
    pub const fn concerns(&self, fetch_offset: i64, upper_bound: i64) -> bool {
        self.last_offset >= fetch_offset && self.first_offset < upper_bound
    }
}

/// The entries of a transaction index's bytes, with their positions. A tail shorter than an entry
/// is ignored, as Kafka does; an unknown version ends the iteration with an error.
#[derive(Clone, Debug)]
pub struct TxnIndex<'a> {
    bytes: &'a [u8],
    entry: usize,
}

impl<'a> TxnIndex<'a> {
    /// The index in these bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, entry: 0 }
    }

    /// Every entry must end at or after the segment's base offset (Kafka's sanity check at load).
    ///
    /// # Errors
    /// The first entry that does not, or has an unknown version.
    pub fn check(self, base_offset: i64) -> Result<(), TxnIndexError> {
        for (entry, aborted) in self.enumerate() {
            let got = aborted?.last_offset;
            if got < base_offset {
                return Err(TxnIndexError::BeforeSegment { entry, base_offset, got });
            }
        }
        Ok(())
    }

    /// How many bytes are left after a truncation of the log to this offset, and the marker offset
    /// of the last entry left (R58): the file is cut at the first entry that ends at or after it.
    /// `None`: no entry does, and what is known of the file stays.
    ///
    /// # Errors
    /// An entry of an unknown version before the cut.
    pub fn truncate_to(self, offset: i64) -> Result<Option<(usize, Option<i64>)>, TxnIndexError> {
        let mut last = None;
        for (entry, aborted) in self.enumerate() {
            let ends = aborted?.last_offset;
            if ends >= offset {
                return Ok(Some((entry.saturating_mul(TXN_INDEX_ENTRY_LEN), last)));
            }
            last = Some(ends);
        }
        Ok(None)
    }

    /// Gives `aborted` each transaction a READ_COMMITTED fetch must be told of; `true` if no later
    /// segment can hold more (R58).
    ///
    /// # Errors
    /// An entry of an unknown version.
    pub fn collect_aborted(
        self,
        fetch_offset: i64,
        upper_bound: i64,
        mut aborted: impl FnMut(AbortedTransaction),
    ) -> Result<bool, TxnIndexError> {
        for entry in self {
            let entry = entry?;
            if entry.concerns(fetch_offset, upper_bound) {
                aborted(entry);
            }
            if entry.last_stable_offset >= upper_bound {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Iterator for TxnIndex<'_> {
    type Item = Result<AbortedTransaction, TxnIndexError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (bytes, rest) = self.bytes.split_at_checked(TXN_INDEX_ENTRY_LEN)?;
        // Kafka's accessor reads one byte of the two: versions 1 to 255 look like 0.
        let (&version, body) = bytes.split_first()?;
        let mut fields = body.get(1..)?.chunks_exact(8).map(|field| match field.try_into() {
            Ok(field) => i64::from_be_bytes(field),
            Err(_) => 0,
        });
        let entry = self.entry;
        self.entry = entry.wrapping_add(1);
        let version = version.cast_signed();
        if version > 0 {
            self.bytes = &[];
            return Some(Err(TxnIndexError::UnknownVersion { entry, version }));
        }
        self.bytes = rest;
        Some(Ok(AbortedTransaction {
            producer_id: fields.next()?,
            first_offset: fields.next()?,
            last_offset: fields.next()?,
            last_stable_offset: fields.next()?,
        }))
    }
}

/// Whether an entry may be added after the last one known, if one is known: from an append or a
/// truncation of this process; opening a file makes none known (R57).
///
/// # Errors
/// [`TxnIndexError::NotAfterLast`] if its marker is not after the last one's.
pub const fn check_txn_index_append(
    last: Option<i64>,
    entry: &AbortedTransaction,
) -> Result<(), TxnIndexError> {
    match last {
        Some(last) if last >= entry.last_offset => {
            Err(TxnIndexError::NotAfterLast { last, got: entry.last_offset })
        }
        _ => Ok(()),
    }
}
