//! How is a snapshot of either format read, from memory or as a stream?

use core::marker::PhantomData;

use super::SnapshotError;
use super::format::{EntryLen, Format, Header};
use crate::wire::crc32c_append;

/// Reads a snapshot as a stream: the header, then its entries piece by piece ([`Decoder::entries`])
/// or one by one ([`Decoder::entry`]), then whatever follows, then [`Decoder::finish`]. What was
/// read counts only once that has said so: until then a partition they were loaded into must not
/// be asked, and if it says no, reload it ([`crate::broker::Partition::begin_reload`]).
#[derive(Clone, Debug)]
pub struct Decoder<F> {
    header: Header,
    crc: u32,
    entry: u32,
    position: u64,
    file_len: u64,
    format: PhantomData<F>,
}

fn len_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

impl<F: Format> Decoder<F> {
    /// Bytes of a header.
    pub const HEADER_LEN: usize = size_of::<F::Bytes>();

    /// Begins with the first bytes of a file (a whole header, or all the file has), and the file's
    /// length.
    ///
    /// # Errors
    /// A header that is cut short or says what it can't.
    pub fn new(bytes: &[u8], file_len: u64) -> Result<Self, SnapshotError> {
        let wanted = u64::try_from(Self::HEADER_LEN).unwrap_or(u64::MAX);
        let header = F::parse(bytes, file_len)?;
        let cut = SnapshotError::HeaderCutShort { got: len_of(bytes).min(file_len), wanted };
        let covered = bytes.get(F::CRC_FROM..Self::HEADER_LEN).ok_or(cut)?;
        let bytes_left = file_len.checked_sub(wanted).ok_or(cut)?;
        match u64::try_from(header.count) {
            Ok(count) if count <= bytes_left => Ok(Self {
                header,
                crc: crc32c_append(0, covered),
                entry: 0,
                position: wanted,
                file_len,
                format: PhantomData,
            }),
            _ => Err(SnapshotError::BadCount { got: header.count, bytes_left }),
        }
    }

    /// How many entries there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        u32::try_from(self.header.count).unwrap_or(0)
    }

    /// Reads the entry at the front of these bytes, and says how many it takes; `None` once all are
    /// read. Bytes of the longest entry (171), or all that are left, are enough.
    ///
    /// # Errors
    /// An entry that is cut short, or is none.
    pub fn entry(&mut self, bytes: &[u8]) -> Result<Option<(F::Producer, usize)>, SnapshotError> {
        if self.entry >= self.count() {
            return Ok(None);
        }
        let (entry, position) = (self.entry, self.position);
        let cut = SnapshotError::EntryCutShort { entry, position };
        let bad = SnapshotError::BadEntry { entry, position };
        let len = match F::entry_len(bytes, &self.header) {
            EntryLen::Is(len) => len,
            EntryLen::CutShort => return Err(cut),
            EntryLen::Bad => return Err(bad),
        };
        let bytes = bytes.get(..len).ok_or(cut)?;
        let producer = F::read(bytes, &self.header).ok_or(bad)?;
        self.take(bytes);
        self.entry = entry.saturating_add(1);
        Ok(Some((producer, len)))
    }

    /// Reads the whole entries at the front of a piece, and says how many bytes they take: what is
    /// left begins the next piece, or follows the last entry ([`Decoder::tail`]). 0 if not one is
    /// whole. The checksum is taken of all of them at once. O(bytes).
    ///
    /// # Errors
    /// An entry that is none; nothing of the piece counts as read then.
    pub fn entries<'a>(
        &mut self,
        piece: &'a [u8],
    ) -> Result<(Entries<'a, F>, usize), SnapshotError> {
        let left = self.count().saturating_sub(self.entry);
        let (count, used) = match F::WIDTH {
            Some(width) => {
                let whole = len_of(piece).checked_div(width).unwrap_or(0).min(u64::from(left));
                (whole, whole.saturating_mul(width))
            }
            None => self.whole(piece, left)?,
        };
        let (count, used) =
            (u32::try_from(count).unwrap_or(u32::MAX), usize::try_from(used).unwrap_or(usize::MAX));
        let rest = piece.get(..used).unwrap_or(&[]);
        self.take(rest);
        self.entry = self.entry.saturating_add(count);
        Ok((Entries { rest, header: self.header, left: count, kind: PhantomData }, rest.len()))
    }

    /// How many entries at the front of a piece are whole, and their bytes.
    fn whole(&self, piece: &[u8], left: u32) -> Result<(u64, u64), SnapshotError> {
        let (mut count, mut rest) = (0_u32, piece);
        while count < left {
            let entry = self.entry.saturating_add(count);
            let read = len_of(piece).saturating_sub(len_of(rest));
            let position = self.position.saturating_add(read);
            let len = match F::entry_len(rest, &self.header) {
                EntryLen::Is(len) => len,
                EntryLen::CutShort => break,
                EntryLen::Bad => return Err(SnapshotError::BadEntry { entry, position }),
            };
            let Some((bytes, after)) = rest.split_at_checked(len) else { break };
            if F::read(bytes, &self.header).is_none() {
                return Err(SnapshotError::BadEntry { entry, position });
            }
            (count, rest) = (count.saturating_add(1), after);
        }
        Ok((count.into(), len_of(piece).saturating_sub(len_of(rest))))
    }

    /// Takes bytes that follow the last entry: the checksum covers them.
    ///
    /// # Errors
    /// The full-window format has none; and an entry is cut short if these are the bytes that are
    /// left while one is missing.
    pub fn tail(&mut self, bytes: &[u8]) -> Result<(), SnapshotError> {
        self.has_all()?;
        if !F::TAIL_IS_IGNORED && !bytes.is_empty() {
            return Err(SnapshotError::TrailingBytes { position: self.position });
        }
        self.take(bytes);
        Ok(())
    }

    /// Whether what was read is what was written.
    ///
    /// # Errors
    /// Entries, or bytes behind them, that were not given; or a checksum that does not fit.
    pub fn finish(self) -> Result<(), SnapshotError> {
        self.has_all()?;
        if self.position != self.file_len {
            let position = self.position.min(self.file_len);
            return Err(SnapshotError::TrailingBytes { position });
        }
        let stored = self.header.stored_crc;
        if stored == self.crc {
            Ok(())
        } else {
            Err(SnapshotError::CrcMismatch { stored, computed: self.crc })
        }
    }

    fn has_all(&self) -> Result<(), SnapshotError> {
        let (entry, position) = (self.entry, self.position);
        let cut = SnapshotError::EntryCutShort { entry, position };
        if entry < self.count() { Err(cut) } else { Ok(()) }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.crc = crc32c_append(self.crc, bytes);
        self.position = self.position.saturating_add(len_of(bytes));
    }
}

/// The producers of a snapshot that was found good as a whole.
#[derive(Clone, Debug)]
pub struct Entries<'a, F> {
    /// The entries that are left, and nothing behind them.
    rest: &'a [u8],
    header: Header,
    left: u32,
    kind: PhantomData<F>,
}

/// Reads a snapshot in memory: all of it is checked before the first entry is given.
pub(super) fn decode<F: Format>(bytes: &[u8]) -> Result<Entries<'_, F>, SnapshotError> {
    let decoder = Decoder::<F>::new(bytes, len_of(bytes))?;
    let rest = bytes.get(Decoder::<F>::HEADER_LEN..).unwrap_or(&[]);
    let (header, left) = (decoder.header, decoder.count());
    let entries = match F::WIDTH {
        Some(width) => {
            let entries = width.saturating_mul(left.into());
            decoder.check_all(rest, width)?;
            rest.get(..usize::try_from(entries).unwrap_or(usize::MAX)).unwrap_or(rest)
        }
        None => {
            decoder.check_each(rest)?;
            rest
        }
    };
    Ok(Entries { rest: entries, header, left, kind: PhantomData })
}

impl<F: Format> Decoder<F> {
    /// Entries of one width, all of which say something: whether there are enough bytes, and the
    /// checksum of all of them at once.
    fn check_all(mut self, rest: &[u8], width: u64) -> Result<(), SnapshotError> {
        let whole = len_of(rest).checked_div(width).unwrap_or(0);
        if whole < u64::from(self.count()) {
            let position = self.position.saturating_add(whole.saturating_mul(width));
            let entry = u32::try_from(whole).unwrap_or(u32::MAX);
            return Err(SnapshotError::EntryCutShort { entry, position });
        }
        self.take(rest);
        self.entry = self.count();
        self.finish()
    }

    fn check_each(mut self, mut rest: &[u8]) -> Result<(), SnapshotError> {
        while let Some((_, used)) = self.entry(rest)? {
            rest = rest.get(used..).unwrap_or(&[]);
        }
        self.tail(rest)?;
        self.finish()
    }
}

impl<F: Format> Iterator for Entries<'_, F> {
    type Item = F::Producer;

    #[inline]
    fn next(&mut self) -> Option<F::Producer> {
        let EntryLen::Is(len) = F::entry_len(self.rest, &self.header) else { return None };
        let (entry, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        self.left = self.left.saturating_sub(1);
        F::read(entry, &self.header)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        (left, Some(left))
    }
}

impl<F: Format> ExactSizeIterator for Entries<'_, F> {}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::super::encoder::Encoder;
    use super::super::{full, v1};
    use super::*;
    use crate::broker::{ProducerFacts, Slot};
    use crate::window::{BatchMetadata, ContentTag, Tag};
    use std::vec::Vec;
    use std::{format, vec};

    fn producers<T: Tag>() -> Vec<Slot<T>> {
        let slot = |n: i32| {
            let facts = ProducerFacts {
                producer_id: i64::from(n) * 1_000,
                producer_epoch: 3,
                coordinator_epoch: n,
                last_timestamp: 77,
                current_txn_first_offset: (n % 3 == 0).then_some(5),
            };
            (0..n % 7).fold(Slot::restored(&facts), |slot, n| {
                let batch = BatchMetadata {
                    last_sequence: n,
                    offset_delta: 0,
                    last_offset: n.into(),
                    timestamp: 9,
                };
                slot.with_batch(batch, T::from_bits(n.unsigned_abs()))
            })
        };
        (0..40).map(slot).collect()
    }

    fn in_pieces<'p, F: Format, T: Tag + 'p, I: Iterator<Item = &'p Slot<T>> + Clone>(
        mut encoder: Encoder<F, I>,
        room: usize,
    ) -> Result<Vec<u8>, SnapshotError> {
        let (mut entries, mut piece) = (Vec::new(), vec![0; room]);
        loop {
            match encoder.fill(&mut piece)? {
                0 => break,
                written => entries.extend_from_slice(&piece[..written]),
            }
        }
        Ok([encoder.header().as_ref(), &entries].concat())
    }

    #[test]
    fn r53_r65_in_pieces_of_any_size_a_snapshot_is_the_same_bytes() {
        fn whole<T: Tag>(all: &[Slot<T>]) -> (Vec<u8>, Vec<u8>) {
            let mut one = vec![0; v1::encoded_len(all.len()).unwrap()];
            v1::encode(all.iter(), &mut one).unwrap();
            let mut five = vec![0; full::encoded_len(all.iter())];
            full::encode(all.iter(), &mut five).unwrap();
            (one, five)
        }
        let (plain, tagged) = (producers::<()>(), producers::<ContentTag>());
        for room in [46, 47, 91, 92, 170, 171, 172, 500, 10_000] {
            let got = in_pieces(v1::encoder(plain.iter()), room).unwrap();
            assert_eq!(got, whole(&plain).0, "pieces of {room}");
            if room < full::MAX_ENTRY_LEN {
                continue;
            }
            let got = in_pieces(full::encoder(tagged.iter()), room).unwrap();
            assert_eq!(got, whole(&tagged).1, "pieces of {room}");
            let got = in_pieces(full::encoder(plain.iter()), room).unwrap();
            assert_eq!(got, whole(&plain).1, "pieces of {room}");
        }
    }

    /// Reads a file in pieces of so many bytes, as from a disk.
    fn read_in_pieces<F: Format>(
        file: &[u8],
        room: usize,
    ) -> Result<Vec<F::Producer>, SnapshotError> {
        let begin = Decoder::<F>::HEADER_LEN.min(file.len());
        let mut decoder = Decoder::<F>::new(&file[..begin], file.len().try_into().unwrap())?;
        let (mut read, mut at) = (Vec::new(), begin);
        loop {
            let piece = &file[at..file.len().min(at + room)];
            let (entries, used) = decoder.entries(piece)?;
            read.extend(entries);
            at += used;
            if used == 0 {
                decoder.tail(&file[at..])?;
                return decoder.finish().map(|()| read);
            }
        }
    }

    #[test]
    fn r54_r65_read_in_pieces_of_any_size_a_snapshot_is_the_same_producers() {
        fn all<F: Format<Producer: core::fmt::Debug>>(file: &[u8]) {
            let whole: Vec<F::Producer> = decode::<F>(file).unwrap().collect();
            assert_eq!(whole.len(), 40);
            for room in [171, 172, 342, 500, 10_000] {
                let read = read_in_pieces::<F>(file, room).unwrap();
                assert!(format!("{read:?}") == format!("{whole:?}"), "pieces of {room}");
            }
        }
        let (plain, tagged) = (producers::<()>(), producers::<ContentTag>());
        let v1 = in_pieces(v1::encoder(plain.iter()), 500).unwrap();
        all::<v1::V1>(&v1);
        let mut tail = [&v1[..], b"what follows"].concat();
        let crc = crc32c_append(0, &tail[6..]).to_be_bytes();
        tail[2..6].copy_from_slice(&crc);
        all::<v1::V1>(&tail);
        all::<full::Full>(&in_pieces(full::encoder(plain.iter()), 500).unwrap());
        all::<full::Full<ContentTag>>(&in_pieces(full::encoder(tagged.iter()), 500).unwrap());
    }

    #[test]
    fn r54_r65_what_is_wrong_with_a_snapshot_is_the_same_in_pieces() {
        fn each<F: Format>(file: &[u8]) {
            for cut in 0..file.len() {
                let whole = decode::<F>(&file[..cut]).map(|_| ()).unwrap_err();
                let pieces = read_in_pieces::<F>(&file[..cut], 400).map(|_| ()).unwrap_err();
                assert_eq!(pieces, whole, "cut to {cut}");
            }
            for at in 0..file.len() {
                let mut bad = file.to_vec();
                bad[at] ^= 0x41;
                let whole = decode::<F>(&bad).map(|_| ());
                let pieces = read_in_pieces::<F>(&bad, 400).map(|_| ());
                assert_eq!(pieces, whole, "byte {at}");
                assert!(whole.is_err());
            }
        }
        let plain = producers::<()>();
        each::<v1::V1>(&in_pieces(v1::encoder(plain.iter()), 500).unwrap());
        each::<full::Full>(&in_pieces(full::encoder(plain.iter()), 500).unwrap());
    }

    #[test]
    fn r53_r65_a_piece_without_room_for_an_entry_is_refused_and_a_file_without_header_too() {
        let all = producers::<()>();
        let small = |got, wanted| Err(SnapshotError::BufferTooSmall { got, wanted });
        assert_eq!(in_pieces(v1::encoder(all.iter()), 45), small(45, 46));
        assert_eq!(in_pieces(full::encoder(all.iter()), 170), small(170, 171));
        let mut file = in_pieces(v1::encoder(all.iter()), 400).unwrap();
        file[..v1::HEADER_LEN].fill(0);
        assert!(matches!(v1::decode(&file), Err(SnapshotError::UnknownVersion { got: 0 })));
        file[..full::HEADER_LEN].fill(0);
        assert!(matches!(full::decode::<()>(&file), Err(SnapshotError::BadMagic { .. })));
    }
}
