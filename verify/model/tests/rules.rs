//! What the vectors can't say: files, guards across a failed append, and numbers that no log
//! reaches.

use fencepost_model::{
    Answer, Append, Batch, Config, Directory, Manager, Origin, Partition, ProducerEntry, Profile,
    Refusal, sequence, snapshot_file,
};

fn config(profile: Profile) -> Config {
    Config {
        expiration_ms: 1000,
        max_transaction_ms: 200,
        verification: true,
        profile,
        clear_when_recorded: false,
    }
}

fn data(producer_id: i64, epoch: i16, base_sequence: i32, transactional: bool) -> Batch {
    let (records, max_timestamp) = (1, 10);
    Batch::Data { producer_id, epoch, base_sequence, records, max_timestamp, transactional }
}

fn client(base_offset: i64, guard: u64, batches: &[Batch]) -> Append<'_> {
    let origin = Origin::Client;
    Append { base_offset, origin, raw: false, guard, transaction_version: 0, batches }
}

#[test]
fn a_failed_append_clears_verification_entries_unless_told_to_wait() {
    for (clear_when_recorded, kept) in [(false, false), (true, true)] {
        let config = Config { clear_when_recorded, ..config(Profile::V4_2) };
        let mut partition = Partition::new(config);
        partition.append(&client(0, 0, &[data(2, 0, 0, false)]));
        let guard = partition.verify(1, 0, 0, false, 0).unwrap();
        let batches = [data(1, 0, 0, true), data(2, 0, 9, false)];
        let answer = partition.append(&client(1, guard, &batches));
        assert_eq!(answer, Answer::Refused(Refusal::OutOfOrderSequence));
        assert_eq!(partition.manager.verification.contains_key(&1), kept);
        assert!(!partition.manager.producers.contains_key(&1));
    }
}

#[test]
fn a_guard_verifies_one_batch_of_an_append_whenever_it_is_cleared() {
    for clear_when_recorded in [false, true] {
        let config = Config { clear_when_recorded, ..config(Profile::V4_2) };
        let mut partition = Partition::new(config);
        let guard = partition.verify(1, 0, 0, false, 0).unwrap();
        let batches = [data(1, 0, 0, true), data(1, 0, 1, true)];
        let answer = partition.append(&client(0, guard, &batches));
        assert_eq!(answer, Answer::Refused(Refusal::InvalidTxnState));
    }
}

#[test]
fn an_append_without_batches_does_nothing() {
    let mut partition = Partition::new(config(Profile::V4_2));
    let answer = partition.append(&client(5, 0, &[]));
    let nothing = Answer::Appended { first_offset: 5, last_offset: 4, completed: Vec::new() };
    assert_eq!(answer, nothing);
    assert_eq!(partition.manager.map_end, 0);
}

#[test]
fn an_index_that_refuses_leaves_the_producers_committed_and_the_map_end_behind() {
    let mut partition = Partition::new(Config { verification: false, ..config(Profile::V4_2) });
    partition.append(&client(0, 0, &[data(1, 0, 0, true)]));
    partition.index.last_offset = Some(9);
    let (producer_id, epoch, coordinator_epoch) = (1, 0, 0);
    let marker =
        Batch::Marker { producer_id, epoch, coordinator_epoch, timestamp: 20, aborted: true };
    let append = Append { origin: Origin::Coordinator, ..client(1, 0, &[]) };
    let answer = partition.append(&Append { batches: &[marker], ..append });
    assert!(matches!(answer, Answer::Refused(Refusal::Internal(_))), "{answer:?}");
    assert_eq!(partition.manager.producers[&1].current_txn_first_offset, None);
    assert_eq!(partition.manager.first_undecided_offset(), Some(0));
    assert_eq!(partition.manager.map_end, 1);
}

#[test]
fn a_deleted_segment_takes_its_snapshot_along_once() {
    let mut manager = Manager::new(config(Profile::V4_2));
    let mut directory = Directory::new();
    manager.map_end = 42;
    assert_eq!(manager.take_snapshot(&mut directory), Some(42));
    let marked = manager.remove_and_mark(&mut directory, 42);
    assert_eq!(marked.as_deref(), Some("00000000000000000042.snapshot.deleted"));
    assert_eq!(manager.remove_and_mark(&mut directory, 42), None);
    assert_eq!(manager.latest_snapshot(), None);
    assert_eq!(directory.len(), 1);
    manager.truncate_fully_and_reload_snapshots(&mut directory).unwrap();
    assert_eq!(manager.latest_snapshot(), None);
}

#[test]
fn a_snapshot_name_without_an_offset_fails_the_load() {
    let mut partition = Partition::new(config(Profile::V4_2));
    for good in ["7.snapshot", "+8.snapshot", "-9.x.snapshot", "notes.txt", "a.snapshot.deleted"] {
        partition.directory.insert(good.to_owned(), Vec::new());
    }
    partition.reopen().unwrap();
    assert_eq!(partition.manager.snapshots.keys().copied().collect::<Vec<_>>(), [-9, 7, 8]);
    for bad in ["abc.snapshot", ".snapshot", "9223372036854775808.snapshot"] {
        partition.directory.insert(bad.to_owned(), Vec::new());
        assert!(partition.reopen().is_err(), "{bad}");
        partition.directory.remove(bad);
    }
}

#[test]
fn a_guard_is_not_given_twice_by_one_process() {
    let mut partition = Partition::new(config(Profile::V4_2));
    let first = partition.verify(1, 0, 0, false, 0).unwrap();
    assert_eq!(partition.verify(1, 1, 0, false, 0), Ok(first));
    partition.reopen().unwrap();
    assert_eq!(partition.verify(1, 0, 0, false, 0), Ok(first + 1));
}

#[test]
fn sequences_are_a_circle_for_non_negative_arguments() {
    let interesting = [0, 1, 2, 5, i32::MAX / 2, i32::MAX - 5, i32::MAX - 1, i32::MAX];
    for s in interesting {
        for d in interesting {
            let sum = (i64::from(s) + i64::from(d)) % (1 << 31);
            assert_eq!(i64::from(sequence::increment(s, d)), sum);
            assert_eq!(sequence::decrement(sequence::increment(s, d), d), s);
        }
        assert!(sequence::in_sequence(s, sequence::increment(s, 1)));
    }
    assert!(sequence::in_sequence(-1, 0));
    assert!(!sequence::in_sequence(i32::MAX, i32::MIN));
}

#[test]
fn a_snapshot_keeps_everything_but_older_batches_and_the_batch_timestamp() {
    let mut entry = ProducerEntry::empty(7);
    assert_eq!(snapshot_file::decode(&snapshot_file::encode([&entry])), Ok(vec![entry.clone()]));
    for last_sequence in 0..7 {
        let batch = fencepost_model::WindowBatch {
            last_sequence,
            last_offset: i64::from(last_sequence),
            offset_delta: 0,
            timestamp: 5,
        };
        entry.add_data_batch(3, batch);
    }
    entry.last_timestamp = 9;
    entry.coordinator_epoch = 4;
    entry.current_txn_first_offset = Some(2);
    let decoded = snapshot_file::decode(&snapshot_file::encode([&entry])).unwrap();
    entry.window.drain(..4);
    entry.window[0].timestamp = 9;
    assert_eq!(decoded, [entry]);
}

#[test]
fn any_bytes_are_a_snapshot_or_a_reason() {
    let mut random = 1_u64;
    let file = snapshot_file::encode([&ProducerEntry::empty(1), &ProducerEntry::empty(2)]);
    for len in 0..=file.len() {
        assert_eq!(snapshot_file::decode(&file[..len]).is_ok(), len == file.len());
    }
    for _ in 0..2000 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut damaged = file.clone();
        let at = (random >> 33) as usize % file.len();
        damaged[at] ^= 1 << ((random >> 20) & 7);
        assert!(snapshot_file::decode(&damaged).is_err(), "{at}");
    }
}

/// Values at every edge, in every field, in any order: an answer each time, whatever it is.
#[test]
fn hostile_numbers_never_panic() {
    const WIDE: [i64; 8] = [i64::MIN, i64::MIN + 1, -2, -1, 0, 1, i64::MAX - 1, i64::MAX];
    const MIDDLE: [i32; 8] = [i32::MIN, i32::MIN + 1, -2, -1, 0, 1, i32::MAX - 1, i32::MAX];
    const NARROW: [i16; 8] = [i16::MIN, i16::MIN + 1, -2, -1, 0, 1, i16::MAX - 1, i16::MAX];
    const ORIGINS: [Origin; 4] =
        [Origin::Client, Origin::Coordinator, Origin::Replication, Origin::RaftLeader];
    let mut random = 1_u64;
    let mut draw = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 40) as usize % 8
    };
    for profile in Profile::ALL {
        let mut partition = Partition::new(config(profile));
        let mut answers = [0; 3];
        let mut last = None;
        for _ in 0..20_000 {
            let producer_id = WIDE[draw()];
            // Repeats, so that duplicates are met too.
            let repeat = last.filter(|_| draw() < 4);
            let batch = repeat.unwrap_or_else(|| match draw() {
                0 => Batch::EmptyControl { producer_id, epoch: NARROW[draw()] },
                1..3 => Batch::Marker {
                    producer_id,
                    epoch: NARROW[draw()],
                    coordinator_epoch: MIDDLE[draw()],
                    timestamp: WIDE[draw()],
                    aborted: draw() < 4,
                },
                _ => Batch::Data {
                    producer_id,
                    epoch: NARROW[draw()],
                    base_sequence: MIDDLE[draw()],
                    records: MIDDLE[draw()],
                    max_timestamp: WIDE[draw()],
                    transactional: draw() < 2,
                },
            });
            last = Some(batch);
            let answer = partition.append(&Append {
                base_offset: WIDE[draw()],
                origin: ORIGINS[draw() / 2],
                raw: draw() == 0,
                guard: draw() as u64,
                transaction_version: NARROW[draw()],
                batches: &[batch, batch][..1 + draw() / 7],
            });
            answers[match answer {
                Answer::Appended { .. } => 0,
                Answer::Duplicate(_) => 1,
                Answer::Refused(_) => 2,
            }] += 1;
            let (a, b, c) = (WIDE[draw()], WIDE[draw()], WIDE[draw()]);
            let Partition { manager, directory, .. } = &mut partition;
            match draw() {
                0 => manager.remove_expired(a),
                1 => manager.truncate_and_reload(directory, a, b, c).unwrap(),
                2 => manager.on_log_start_offset_incremented(a),
                3 => manager.on_high_watermark_updated(a),
                4 => drop(manager.take_snapshot(directory)),
                5 => drop(partition.verify(a, MIDDLE[draw()], NARROW[draw()], b < 0, c)),
                6 => partition.index.truncate_to(a),
                _ => drop((manager.has_late_transaction(a), partition.last_stable(a, b))),
            }
        }
        assert!(answers.iter().all(|count| *count > 0), "{profile:?}: {answers:?}");
    }
}
