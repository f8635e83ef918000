//! fencepost's own snapshot: the whole window and its tags come back (R65), and nothing else is
//! taken for one.

mod common;

use common::{Log, at, data, log, partition, rules, stamped, txn};
use fencepost::broker::{ProducerFacts, Slot};
use fencepost::snapshot::{SnapshotError, full, v1};
use fencepost::window::{BatchMetadata, ContentTag, Tag};
use proptest::prelude::*;

fn encode<T: Tag>(producers: &[Slot<T>]) -> Vec<u8> {
    let mut file = vec![0xEE; full::encoded_len(producers.iter())];
    assert_eq!(full::encode(producers.iter(), &mut file), Ok(file.len()));
    assert!(file.len() <= full::max_encoded_len(producers.len()).unwrap());
    file
}

fn decode<T: Tag>(file: &[u8]) -> Result<Vec<Slot<T>>, SnapshotError> {
    full::decode(file).map(Iterator::collect)
}

fn with_crc(mut file: Vec<u8>) -> Vec<u8> {
    let crc = fencepost_model::snapshot_file::crc32c(&file[10..]);
    file[6..10].copy_from_slice(&crc.to_be_bytes());
    file
}

/// What DescribeProducers, windows and tags show: all but the links between slots.
fn shown<T: Tag>(slot: &Slot<T>) -> impl PartialEq + std::fmt::Debug + use<T> {
    let window = slot.window();
    let batches: Vec<_> = window.iter().collect();
    let tags: Vec<_> = (0..window.len()).map(|n| window.tag(n)).collect();
    (slot.describe(), slot.current_txn_first_offset(), batches, tags)
}

fn written() -> Log {
    let mut log = log(rules());
    for n in 0..7 {
        log.send(stamped(data(7, 2, n, 1), 100 + i64::from(n))).at(i64::from(n));
    }
    log.send(stamped(txn(8, 0, 3, 2), 50)).at(7);
    log
}

fn reload<E: std::fmt::Debug>(slots: impl Iterator<Item = Result<Slot, E>>) -> Log {
    let mut log = log(rules());
    log.partition.begin_reload();
    for slot in slots {
        assert_eq!(log.partition.load(&slot.unwrap(), at(0)), Ok(true));
    }
    log.partition.finish_reload(9);
    log.end = 9;
    log
}

#[test]
fn r65_after_a_reload_all_five_batches_are_recognised_where_kafkas_file_keeps_one() {
    let before = written();
    let producers: Vec<Slot> = before.partition.producers().copied().collect();
    let mut whole = reload(decode(&encode(&producers)).unwrap().into_iter().map(Ok::<_, ()>));
    for n in 2..7 {
        let seen = whole.send(data(7, 2, n, 1)).duplicate(i64::from(n));
        assert_eq!(seen.timestamp, 100 + i64::from(n), "its own");
    }
    whole.send(data(7, 2, 1, 1)).refused("R25");
    assert_eq!(whole.partition.first_undecided_offset(), Some(7));
    whole.send(txn(8, 0, 3, 2)).duplicate(7);
    whole.send(data(7, 2, 7, 1)).at(9);

    let mut kafkas = vec![0; v1::encoded_len(2).unwrap()];
    v1::encode(producers.iter(), &mut kafkas).unwrap();
    let mut narrow = reload(v1::decode(&kafkas).unwrap().map(Slot::from).map(Ok::<_, ()>));
    narrow.send(data(7, 2, 6, 1)).duplicate(6);
    narrow.send(data(7, 2, 5, 1)).refused("R25");
}

#[test]
fn r65_tags_come_back_and_a_file_without_tags_knows_none() {
    let mut log = Log::<ContentTag>::over(partition(4, 4, 4, rules()));
    let context = |log: &Log<ContentTag>, tag| {
        log.context(fencepost::broker::Origin::Client).with_tag(ContentTag(tag))
    };
    let first = context(&log, 0xAAAA);
    log.one(data(7, 0, 0, 2), &first).at(0);
    let slots: Vec<Slot<ContentTag>> = log.partition.producers().copied().collect();
    let tagged = encode(&slots);
    assert_eq!(decode::<ContentTag>(&tagged).unwrap()[0].window().tag(0), Some(ContentTag(0xAAAA)));
    let untagged: Vec<Slot> = decode(&tagged).unwrap();
    assert_eq!(untagged[0].window().len(), 1, "a reader without tags reads it too");
    let back: Vec<Slot<ContentTag>> = decode(&encode(&untagged)).unwrap();
    assert_eq!(back[0].window().tag(0), Some(ContentTag::UNKNOWN));
}

#[test]
fn r65_the_layout_is_as_it_is_written_down() {
    let file = encode::<()>(&[]);
    assert_eq!(file[..6], *b"FPWS\0\x01");
    assert_eq!(file[10..], [0, 0, 0, 0, 0, 0]);
    assert_eq!(with_crc(file.clone()), file);
    let log = written();
    let of_7 = encode(&[*log.partition.producer(7).unwrap()]);
    assert_eq!(of_7.len(), full::HEADER_LEN + full::MIN_ENTRY_LEN + 5 * 24);
    assert_eq!(of_7[16..24], 7_i64.to_be_bytes());
    assert_eq!(of_7[38], 5, "five batches, no transaction");
    assert_eq!(of_7[47..51], 2_i32.to_be_bytes(), "the oldest first");
    assert_eq!(full::max_encoded_len(1), Some(full::HEADER_LEN + full::MAX_ENTRY_LEN));
    assert_eq!(full::max_encoded_len(usize::MAX / 171 + 1), None);
}

#[test]
fn r65_what_is_not_exactly_such_a_file_is_refused_with_the_place() {
    use SnapshotError::*;
    let file = encode(&[*written().partition.producer(7).unwrap()]);
    let read = |file: &[u8]| decode::<()>(file).unwrap_err();
    let changed = |at: usize, new: &[u8]| {
        let mut file = file.clone();
        file[at..at + new.len()].copy_from_slice(new);
        with_crc(file)
    };
    for got in 0..16_u64 {
        assert_eq!(read(&file[..got as usize]), HeaderCutShort { got, wanted: 16 });
    }
    assert_eq!(read(&changed(0, b"X")), BadMagic { got: *b"XPWS" });
    assert_eq!(read(&changed(4, &[0, 2])), UnknownVersion { got: 2 });
    assert_eq!(read(&changed(10, &[0, 2])), UnknownVersion { got: 1 }, "a flag of a later version");
    assert!(matches!(read(&changed(12, &[0x80, 0, 0, 0])), BadCount { .. }));
    assert_eq!(read(&changed(12, &[0, 0, 0, 2])), EntryCutShort { entry: 1, position: 167 });
    assert_eq!(read(&changed(12, &[0, 0, 0, 0])), TrailingBytes { position: 16 });
    assert_eq!(read(&changed(38, &[6])), BadEntry { entry: 0, position: 16 }, "six batches");
    assert_eq!(read(&changed(38, &[0x15])), BadEntry { entry: 0, position: 16 }, "an unknown bit");
    let no_transaction = read(&changed(39, &[0; 8]));
    assert_eq!(no_transaction, BadEntry { entry: 0, position: 16 }, "an offset of no transaction");
    assert_eq!(read(&with_crc([file.clone(), vec![0]].concat())), TrailingBytes { position: 167 });
    let mut flipped = file.clone();
    flipped[60] ^= 1;
    assert!(matches!(read(&flipped), CrcMismatch { .. }));
    let error = full::encode(written().partition.producers(), &mut [0; 99]).unwrap_err();
    assert_eq!(error, BufferTooSmall { got: 99, wanted: 16 + 31 + 5 * 24 + 31 + 24 });
}

fn slot() -> impl Strategy<Value = Slot<ContentTag>> {
    let batch = (any::<i32>(), any::<i32>(), any::<i64>(), any::<i64>(), any::<u32>());
    let facts = (any::<i64>(), any::<i16>(), any::<i32>(), any::<i64>(), any::<Option<i64>>());
    (facts, prop::collection::vec(batch, 0..9)).prop_map(|(facts, batches)| {
        let slot = Slot::restored(&ProducerFacts {
            producer_id: facts.0,
            producer_epoch: facts.1,
            coordinator_epoch: facts.2,
            last_timestamp: facts.3,
            current_txn_first_offset: facts.4,
        });
        batches.into_iter().fold(
            slot,
            |slot, (last_sequence, offset_delta, last_offset, timestamp, tag)| {
                let batch = BatchMetadata { last_sequence, offset_delta, last_offset, timestamp };
                slot.with_batch(batch, ContentTag(tag))
            },
        )
    })
}

fn streamed<T: Tag>(file: &[u8], chunk: usize) -> Result<Vec<Slot<T>>, SnapshotError> {
    let head = full::HEADER_LEN.min(file.len());
    let mut decoder = full::Decoder::new(&file[..head], file.len() as u64)?;
    let mut rest = &file[head..];
    let mut slots = Vec::new();
    while let Some((slot, used)) =
        decoder.entry(&rest[..rest.len().min(full::MAX_ENTRY_LEN + chunk)])?
    {
        slots.push(slot);
        rest = &rest[used..];
    }
    for tail in rest.chunks(chunk + 1) {
        decoder.tail(tail)?;
    }
    decoder.finish().map(|()| slots)
}

proptest! {
    #[test]
    fn r65_any_producers_come_back_whole(
        slots in prop::collection::vec(slot(), 0..12),
        chunk in 0..300_usize,
    ) {
        let file = encode(&slots);
        let mut stream = full::header(slots.iter()).to_vec();
        slots.iter().for_each(|slot| stream.extend(full::entry(slot)));
        prop_assert_eq!(&file, &stream);
        for back in [decode::<ContentTag>(&file).unwrap(), streamed(&file, chunk).unwrap()] {
            prop_assert_eq!(back.len(), slots.len());
            for (back, slot) in back.iter().zip(&slots) {
                prop_assert_eq!(shown(back), shown(slot));
            }
        }
    }

    #[test]
    fn r65_any_bytes_give_producers_or_one_error_inside_the_file(
        slots in prop::collection::vec(slot(), 0..5),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in 0..80_usize,
        noise in prop::collection::vec(any::<u8>(), 0..80),
        crc in any::<bool>(),
        chunk in 0..300_usize,
    ) {
        let mut file = encode(&slots);
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        file.truncate(file.len() - cut.saturating_sub(60).min(file.len()));
        if cut % 7 == 0 {
            file.extend(&noise);
        }
        if crc && file.len() > 10 {
            file = with_crc(file);
        }
        let have = decode::<ContentTag>(&file);
        if let Err(error) = &have {
            let at = match *error {
                SnapshotError::HeaderCutShort { got, .. } => got,
                SnapshotError::EntryCutShort { position, .. }
                | SnapshotError::BadEntry { position, .. }
                | SnapshotError::TrailingBytes { position } => position,
                _ => 0,
            };
            prop_assert!(at <= file.len() as u64, "{} in {} bytes", error, file.len());
        }
        let as_stream = streamed::<ContentTag>(&file, chunk);
        match (&have, &as_stream) {
            (Ok(have), Ok(stream)) => {
                prop_assert!(have.iter().map(shown).eq(stream.iter().map(shown)));
                prop_assert_eq!(encode(have), file, "nothing in a good file is without meaning");
            }
            (have, stream) => prop_assert_eq!(have.is_err(), stream.is_err()),
        }
        drop(decode::<ContentTag>(&noise));
    }
}
