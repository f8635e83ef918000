//! Kafka's `.snapshot` file: R53 and R54, byte for byte (broker spec 6, 9.4).

mod common;

use common::twin::entry;
use fencepost::broker::{ProducerFacts, Slot};
use fencepost::snapshot::{SnapshotError, v1};
use fencepost::window::BatchMetadata;
use fencepost_model::snapshot_file;
use proptest::prelude::*;

/// Broker spec 6.5, byte-identical to Kafka's own writer: 4001, then 1000 with its transaction
/// open.
const KAFKAS: &str = "00017ae184bf00000002\
    0000000000000fa10007ffffffffffffffffffffffff000000000000018bcfe569c80000000cffffffffffffffff\
    00000000000003e800030000000500000000000003ec000000020000018bcfe5687bffffffff00000000000003ea";
const EMPTY: &str = "000148674bc700000000";
const ONE: &str = "000190a897080000000100000000000003e800030000000500000000000003ec00000002\
    0000018bcfe5687bffffffff00000000000003ea";

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().map(|c| c.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn producer_1000() -> Slot {
    let facts = ProducerFacts {
        producer_id: 1000,
        producer_epoch: 3,
        coordinator_epoch: -1,
        last_timestamp: 1_700_000_000_123,
        current_txn_first_offset: Some(1002),
    };
    let batch = BatchMetadata {
        last_sequence: 5,
        offset_delta: 2,
        last_offset: 1004,
        timestamp: 1_700_000_000_123,
    };
    Slot::restored(&facts).with_batch(batch, ())
}

fn producer_4001() -> Slot {
    Slot::restored(&ProducerFacts {
        producer_id: 4001,
        producer_epoch: 7,
        coordinator_epoch: 12,
        last_timestamp: 1_700_000_000_456,
        current_txn_first_offset: None,
    })
}

fn encode(producers: &[Slot]) -> Vec<u8> {
    let mut file = vec![0xEE; v1::encoded_len(producers.len()).unwrap()];
    assert_eq!(v1::encode(producers.iter(), &mut file), Ok(file.len()));
    file
}

fn decode(file: &[u8]) -> Result<Vec<Slot>, SnapshotError> {
    v1::decode(file).map(|entries| entries.map(Slot::from).collect())
}

fn with_crc(mut file: Vec<u8>) -> Vec<u8> {
    let crc = snapshot_file::crc32c(&file[6..]);
    file[2..6].copy_from_slice(&crc.to_be_bytes());
    file
}

#[test]
fn r53_the_files_are_kafkas_byte_for_byte_both_ways() {
    let producers = [producer_4001(), producer_1000()];
    assert_eq!(encode(&producers), bytes(KAFKAS));
    assert_eq!(encode(&[]), bytes(EMPTY));
    assert_eq!(encode(&producers[1..]), bytes(ONE));
    assert_eq!(decode(&bytes(KAFKAS)).unwrap(), producers);
    assert_eq!(decode(&bytes(EMPTY)).unwrap(), []);
    assert_eq!(v1::encoded_len(2), Some(102));
    assert_eq!(v1::encoded_len(usize::MAX / 46 + 1), None);
}

#[test]
fn r53_one_batch_a_producer_and_the_entrys_timestamp_in_its_place() {
    let newer =
        BatchMetadata { last_sequence: 9, offset_delta: 3, last_offset: 2000, timestamp: 77 };
    let two = producer_1000().with_batch(newer, ());
    let back = decode(&encode(&[two])).unwrap();
    let want = BatchMetadata { timestamp: 1_700_000_000_123, ..newer };
    assert_eq!(back[0].window().iter().collect::<Vec<_>>(), [want]);
}

/// The base file of broker spec 9.4: that of 6.5 with the transaction of 1000 absent.
fn base() -> Vec<u8> {
    let mut file = bytes(KAFKAS);
    file[94..102].copy_from_slice(&(-1_i64).to_be_bytes());
    with_crc(file)
}

fn changed(at: usize, new: &[u8]) -> Vec<u8> {
    let mut file = base();
    file[at..at + new.len()].copy_from_slice(new);
    file
}

/// Every row of broker spec 9.4 that is corrupt, and where.
#[test]
fn r54_what_kafka_calls_corrupt_is_refused_with_the_place() {
    use SnapshotError::{BadCount, CrcMismatch, EntryCutShort, HeaderCutShort, UnknownVersion};
    assert_eq!(decode(&base()).unwrap().len(), 2);
    for got in [0_u64, 1, 5, 9] {
        let cut = decode(&base()[..got as usize]);
        assert_eq!(cut, Err(HeaderCutShort { got, wanted: 10 }));
    }
    for got in [0_i16, 2, -1] {
        assert_eq!(decode(&changed(0, &got.to_be_bytes())), Err(UnknownVersion { got }));
        assert_eq!(decode(&got.to_be_bytes()), Err(UnknownVersion { got }), "before all else");
    }
    let count = |n: i32| decode(&with_crc(changed(6, &n.to_be_bytes())));
    assert_eq!(count(-1), Err(BadCount { got: -1, bytes_left: 92 }));
    assert_eq!(count(3), Err(EntryCutShort { entry: 2, position: 102 }));
    assert_eq!(count(1_000_000), Err(BadCount { got: 1_000_000, bytes_left: 92 }));
    assert!(matches!(decode(&changed(60, &[9])), Err(CrcMismatch { .. })));
    let longer = [base(), vec![0]].concat();
    assert!(matches!(decode(&longer), Err(CrcMismatch { .. })));
    for len in 10..102 {
        let (entry, position) = if len < 56 { (0, 10) } else { (1, 56) };
        let cut = decode(&with_crc(base()[..len].to_vec()));
        let few = matches!(cut, Err(BadCount { got: 2, .. })) && len < 12;
        assert!(few || cut == Err(EntryCutShort { entry, position }), "{len} bytes: {cut:?}");
    }
}

/// Every row of broker spec 9.4 that is taken.
#[test]
fn r54_what_kafka_takes_is_taken_as_it_stands() {
    let one = decode(&with_crc(changed(6, &1_i32.to_be_bytes()))).unwrap();
    assert_eq!(one, [producer_4001()], "a smaller count: the rest is ignored");
    let longer = with_crc([base(), vec![0]].concat());
    assert_eq!(decode(&longer).unwrap().len(), 2, "a tail under the checksum is ignored");
    let windowless = decode(&with_crc(changed(70, &(-5_i64).to_be_bytes()))).unwrap();
    assert!(windowless[1].window().is_empty(), "a last offset of -5");
    let closed = decode(&with_crc(changed(94, &(-7_i64).to_be_bytes()))).unwrap();
    assert_eq!(closed[1].current_txn_first_offset(), None, "a transaction at -7");
    let nobody = decode(&with_crc(changed(10, &(-1_i64).to_be_bytes()))).unwrap();
    assert_eq!(nobody[0].producer_id(), -1);
    let twice = decode(&with_crc(changed(10, &1000_i64.to_be_bytes()))).unwrap();
    assert_eq!(twice.iter().map(Slot::producer_id).collect::<Vec<_>>(), [1000, 1000]);
    let mut partition: common::Core = common::partition(4, 4, 0, common::rules());
    for slot in &twice {
        assert_eq!(partition.load(slot, common::at(0)), Ok(true));
    }
    assert_eq!((partition.len(), partition.producer(1000)), (1, Some(&twice[1])), "the later wins");
}

#[test]
fn r54_a_buffer_that_is_too_small_is_named_and_not_written() {
    let mut out = [7; 55];
    let error = v1::encode([producer_1000()].iter(), &mut out).unwrap_err();
    assert_eq!(error, SnapshotError::BufferTooSmall { got: 55, wanted: 56 });
    assert_eq!(out, [7; 55]);
}

/// Reads as a stream, with never more than `chunk` bytes beyond what an entry needs.
pub(crate) fn streamed(file: &[u8], chunk: usize) -> Result<Vec<Slot>, SnapshotError> {
    let len = file.len() as u64;
    let head = v1::Decoder::HEADER_LEN.min(file.len());
    let mut decoder = v1::Decoder::new(&file[..head], len)?;
    let mut rest = &file[head..];
    let mut slots = Vec::new();
    loop {
        let window = &rest[..rest.len().min(v1::ENTRY_LEN + chunk)];
        let Some((entry, used)) = decoder.entry(window)? else { break };
        slots.push(entry.into());
        rest = &rest[used..];
    }
    for tail in rest.chunks(chunk + 1) {
        decoder.tail(tail)?;
    }
    decoder.finish()?;
    Ok(slots)
}

#[test]
fn r54_what_a_stream_was_not_given_is_named_for_what_it_is() {
    let mut file = encode(&[producer_1000(), producer_1000()]);
    file.extend([7; 5]);
    let file = with_crc(file);
    let (end, entry_len) = (file.len() - 5, v1::ENTRY_LEN);
    let begun = || v1::Decoder::new(&file[..v1::HEADER_LEN], file.len() as u64).unwrap();
    let entry = |decoder: &mut v1::Decoder, at: usize| {
        let read = decoder.entry(&file[at..at + entry_len]);
        assert!(matches!(read, Ok(Some((_, used))) if used == entry_len), "{read:?}");
    };
    let mut decoder = begun();
    entry(&mut decoder, 10);
    let cut = SnapshotError::EntryCutShort { entry: 1, position: 56 };
    assert_eq!(decoder.clone().finish(), Err(cut));
    entry(&mut decoder, 56);
    let trailing = SnapshotError::TrailingBytes { position: end as u64 };
    assert_eq!(decoder.clone().finish(), Err(trailing), "the checksum covers what follows");
    decoder.tail(&file[end..]).unwrap();
    assert_eq!(decoder.clone().finish(), Ok(()));
    decoder.tail(&[0]).unwrap();
    let beyond = SnapshotError::TrailingBytes { position: file.len() as u64 };
    assert_eq!(decoder.finish(), Err(beyond), "more than the file has");
}

fn slot() -> impl Strategy<Value = Slot> {
    let batch = (any::<i32>(), any::<i32>(), 0..=i64::MAX, any::<i64>());
    let txn = prop_oneof![Just(None), (0..=i64::MAX).prop_map(Some)];
    let facts = (any::<i64>(), any::<i16>(), any::<i32>(), any::<i64>(), txn);
    (facts, prop::collection::vec(batch, 0..8)).prop_map(|(facts, batches)| {
        let slot = Slot::restored(&ProducerFacts {
            producer_id: facts.0,
            producer_epoch: facts.1,
            coordinator_epoch: facts.2,
            last_timestamp: facts.3,
            current_txn_first_offset: facts.4,
        });
        batches.into_iter().fold(
            slot,
            |slot, (last_sequence, offset_delta, last_offset, timestamp)| {
                slot.with_batch(
                    BatchMetadata { last_sequence, offset_delta, last_offset, timestamp },
                    (),
                )
            },
        )
    })
}

fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let files = prop::collection::vec(slot(), 0..5).prop_map(|slots| encode(&slots));
    let change = (any::<prop::sample::Index>(), any::<u8>(), any::<bool>(), 0..60_usize);
    let near = (files, change).prop_map(|(mut file, (at, byte, crc, cut))| {
        let at = at.index(file.len());
        file[at] = byte;
        file.truncate(file.len() - cut.saturating_sub(40).min(file.len()));
        if crc && file.len() > 6 { with_crc(file) } else { file }
    });
    let noise = prop::collection::vec(any::<u8>(), 0..200).prop_map(|mut bytes| {
        // Past the version, or nothing else would ever be seen.
        if let [_, version, ..] = bytes.as_mut_slice() {
            *version = 1;
        }
        if let Some(first) = bytes.first_mut() {
            *first = 0;
        }
        bytes
    });
    prop_oneof![3 => near, 1 => noise]
}

fn assert_inside(error: SnapshotError, len: usize) {
    let at = match error {
        SnapshotError::HeaderCutShort { got, .. } => got,
        SnapshotError::EntryCutShort { position, .. }
        | SnapshotError::BadEntry { position, .. }
        | SnapshotError::TrailingBytes { position } => position,
        SnapshotError::BadCount { bytes_left, .. } => bytes_left,
        _ => 0,
    };
    assert!(at <= len as u64, "{error} in {len} bytes");
    let sentence = error.to_string();
    assert!(sentence.contains("snapshot") && !sentence.contains('\n'), "{sentence}");
}

proptest! {
    #[test]
    fn r54_any_bytes_give_what_the_model_reads_or_one_error_inside_the_file(
        file in damaged(),
        chunk in 0..90_usize,
    ) {
        let have = decode(&file);
        let want = snapshot_file::decode(&file);
        match (&have, want) {
            (Ok(have), Ok(want)) => {
                prop_assert_eq!(have.iter().map(entry).collect::<Vec<_>>(), want);
            }
            (Err(error), Err(_)) => assert_inside(*error, file.len()),
            (have, want) => prop_assert!(false, "{:?}, the model {:?}", have, want),
        }
        prop_assert_eq!(streamed(&file, chunk), have);
    }

    #[test]
    fn r53_any_producers_come_back_with_their_newest_batch(
        slots in prop::collection::vec(slot(), 0..12),
        chunk in 0..90_usize,
    ) {
        let file = encode(&slots);
        let of_model: Vec<_> = slots.iter().map(entry).collect();
        prop_assert_eq!(&file, &snapshot_file::encode(&of_model), "as the model writes it");
        let mut stream = v1::header(slots.iter()).to_vec();
        slots.iter().for_each(|slot| stream.extend(v1::entry(slot)));
        prop_assert_eq!(&file, &stream);
        let want: Vec<_> = of_model.into_iter().map(|mut entry| {
            entry.window = entry.window.pop().into_iter().collect();
            entry.window.iter_mut().for_each(|batch| batch.timestamp = entry.last_timestamp);
            entry
        }).collect();
        let back = decode(&file).unwrap();
        prop_assert_eq!(back.iter().map(entry).collect::<Vec<_>>(), want);
        prop_assert_eq!(streamed(&file, chunk).unwrap(), back);
    }
}
