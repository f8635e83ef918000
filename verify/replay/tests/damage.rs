//! A copied log with something planted in it: it is found where it is, and what is before it
//! counts.

use std::fs;
use std::path::{Path, PathBuf};

use fencepost::audit::Severity;
use fencepost_replay::{DamageKind, Folder, Options, Report, examine};

/// A copy of a fixture's folder that goes away with the test.
struct Copy(PathBuf);

impl Copy {
    fn of(partition: &str, test: &str) -> Self {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/data").join(partition);
        let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test).join(partition);
        let _ = fs::remove_dir_all(&to);
        fs::create_dir_all(&to).unwrap();
        for file in fs::read_dir(from).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
        Self(to)
    }

    fn log(&self, base: i64) -> PathBuf {
        self.0.join(format!("{base:020}.log"))
    }

    fn edit(&self, base: i64, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = fs::read(self.log(base)).unwrap();
        change(&mut bytes);
        fs::write(self.log(base), bytes).unwrap();
    }

    fn report(&self) -> Report {
        examine(&Folder::open(&self.0).unwrap(), Options::default()).unwrap()
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_torn_tail_is_named_with_its_place_and_loses_nothing_before_it() {
    let copy = Copy::of("idempotent-0", "torn");
    let mut len = 0;
    copy.edit(0, |log| {
        len = log.len();
        let torn: Vec<u8> = log[..100].to_vec();
        log.extend(torn);
    });
    let report = copy.report();
    let [damage] = &report.damage[..] else { panic!("{:?}", report.damage) };
    assert_eq!((damage.position, damage.bytes, damage.name()), (len as u64, 100, "torn_batch"));
    assert!(
        damage.to_string().contains(&format!("00000000000000000000.log, byte {len}: a torn batch"))
    );
    assert_eq!(report.equal_to_snapshots(), Some(true));
    assert_eq!(report.faults(), 1);
}

/// A broker that writes leaves a torn tail, or zeros where it made the file longer beforehand.
#[test]
fn the_growing_end_of_a_live_log_is_no_damage_and_a_flipped_byte_is() {
    let live = Options { live: true, ..Options::default() };
    let report = |copy: &Copy| examine(&Folder::open(&copy.0).unwrap(), live).unwrap();
    for tail in [&[0_u8; 64][..], &[0, 0, 0, 0, 0, 0, 0, 108, 0, 0, 0, 80, 0]] {
        let copy = Copy::of("idempotent-0", "growing");
        copy.edit(0, |log| log.extend(tail));
        assert_eq!(copy.report().damage.len(), 1);
        assert!(copy.report().damage[0].is_growing_tail());
        assert_eq!(report(&copy).damage, []);
        assert_eq!(report(&copy).equal_to_snapshots(), Some(true));
    }
    let copy = Copy::of("rolled-0", "growing");
    copy.edit(27, |log| log[70] ^= 1);
    assert_eq!(report(&copy).damage.len(), 1);
    // In the middle of a log nothing grows.
    copy.edit(27, |log| log.truncate(100));
    assert_eq!(report(&copy).damage[0].name(), "torn_batch");
}

#[test]
fn a_flipped_byte_ends_the_log_there_and_nothing_behind_it_is_excused() {
    let copy = Copy::of("rolled-0", "flipped");
    copy.edit(27, |log| log[70] ^= 1);
    let report = copy.report();
    let [damage] = &report.damage[..] else { panic!("{:?}", report.damage) };
    assert_eq!((damage.position, damage.name(), damage.later_segments), (0, "bad_crc", 6));
    assert_eq!(report.end, 27, "what is before the flipped byte was replayed");
    assert_eq!(report.equal_to_snapshots(), Some(false));
    for check in &report.snapshots {
        assert_eq!(check.is_equal(), check.offset <= 27, "{}", check.offset);
    }
}

#[test]
fn garbage_is_no_batch() {
    let copy = Copy::of("idempotent-0", "garbage");
    copy.edit(0, |log| log.extend([0; 64]));
    let report = copy.report();
    assert_eq!(report.damage.len(), 1);
    assert_eq!(report.damage[0].name(), "no_batch");
    assert_eq!(report.equal_to_snapshots(), Some(true));
}

#[test]
fn a_batch_copied_to_the_end_is_found_as_written_twice() {
    let copy = Copy::of("idempotent-0", "twice");
    let end = copy.report().end;
    copy.edit(0, |log| {
        // A producer's last batch again, at the next offset: base offset lies outside the CRC.
        let batches = fencepost::wire::Segment::headers(log).flatten();
        let last = batches.filter(|(_, batch)| batch.header().has_producer_id()).last().unwrap();
        let mut last = last.1.as_bytes().to_vec();
        last[..8].copy_from_slice(&end.to_be_bytes());
        log.extend(last);
    });
    let report = copy.report();
    let faults: Vec<_> =
        report.findings.iter().filter(|f| f.severity() == Severity::Fault).collect();
    let [fault] = faults[..] else { panic!("{faults:?}") };
    assert_eq!((fault.offset, fault.kind.name()), (end, "duplicate"));
    assert_eq!(report.equal_to_snapshots(), Some(true), "the snapshot is of before it");
}

#[test]
fn a_write_outside_the_open_transaction_stops_the_replay_as_it_stops_kafka() {
    let copy = Copy::of("txn-open-1", "outside");
    copy.edit(0, |log| {
        let mut batch = log.clone();
        let size =
            fencepost::wire::Segment::headers(log).next().unwrap().unwrap().1.size_in_bytes();
        batch.truncate(size);
        batch[..8].copy_from_slice(&2_i64.to_be_bytes());
        batch[22] &= !0x10;
        fencepost::wire::seal(&mut batch).unwrap();
        log.extend(batch);
    });
    let report = copy.report();
    assert!(matches!(
        report.damage[..],
        [fencepost_replay::Damage { kind: DamageKind::Refused(_), .. }]
    ));
    assert!(report.findings.iter().any(|f| f.kind.name() == "non_transactional_in_transaction"));
    assert_eq!(report.equal_to_snapshots(), Some(true), "what came before is replayed");
}

#[test]
fn a_missing_last_segment_is_not_taken_for_compaction() {
    let copy = Copy::of("rolled-0", "missing");
    fs::remove_file(copy.log(99)).unwrap();
    let report = copy.report();
    assert_eq!(report.equal_to_snapshots(), Some(false));
    let last = report.snapshots.last().unwrap();
    assert!(last.result.as_ref().unwrap().gone.is_empty());
}

#[test]
fn a_corrupt_snapshot_is_named_and_the_others_count() {
    let copy = Copy::of("rolled-0", "snapshot");
    let path = copy.0.join(format!("{:020}.snapshot", 39));
    let mut bytes = fs::read(&path).unwrap();
    bytes[20] ^= 1;
    fs::write(&path, bytes).unwrap();
    let report = copy.report();
    assert_eq!(report.equal_to_snapshots(), Some(false));
    for check in &report.snapshots {
        assert_eq!(check.is_equal(), check.offset != 39);
    }
}

#[test]
fn a_log_without_its_first_segments_begins_with_the_snapshot_or_says_what_is_gone() {
    let copy = Copy::of("rolled-0", "trimmed");
    for base in [0, 15] {
        fs::remove_file(copy.log(base)).unwrap();
    }
    let report = copy.report();
    assert_eq!((report.began_with, report.equal_to_snapshots()), (Some(27), Some(true)));
    let full: usize =
        report.snapshots.iter().map(|check| check.result.as_ref().unwrap().gone.len()).sum();
    assert_eq!(full, 0, "the snapshot knows the producers whose batches are gone");

    fs::remove_file(copy.0.join(format!("{:020}.snapshot", 27))).unwrap();
    let report = copy.report();
    assert_eq!((report.began_with, report.equal_to_snapshots()), (None, Some(true)));
    let gone: usize =
        report.snapshots.iter().map(|check| check.result.as_ref().unwrap().gone.len()).sum();
    assert!(gone > 0, "one producer wrote only to the first segment");
    assert_eq!(report.faults(), 0);
}

/// Only the leader's epoch (bytes 12 to 15) is covered by nothing: neither CRC nor snapshot.
#[test]
fn every_byte_of_a_log_counts() {
    let copy = Copy::of("txn-open-1", "bytes");
    let whole = fs::read(copy.log(0)).unwrap();
    assert_eq!((copy.report().faults(), copy.report().equal_to_snapshots()), (0, Some(true)));
    for position in (0..12).chain(16..whole.len()) {
        for bit in 0..8 {
            let mut log = whole.clone();
            log[position] ^= 1 << bit;
            fs::write(copy.log(0), &log).unwrap();
            let report = copy.report();
            let is_seen = report.faults() > 0 || report.equal_to_snapshots() == Some(false);
            assert!(is_seen, "bit {bit} of byte {position}: {report:?}");
        }
    }
}

#[test]
fn a_log_cut_anywhere_is_torn_there_or_ends_early() {
    let copy = Copy::of("txn-0", "cut");
    let whole = fs::read(copy.log(94)).unwrap();
    let mut torn = 0;
    for len in 0..whole.len() {
        fs::write(copy.log(94), &whole[..len]).unwrap();
        let report = copy.report();
        assert_eq!(report.equal_to_snapshots(), Some(false), "{len}");
        torn += usize::from(report.damage.iter().any(|damage| damage.name() == "torn_batch"));
    }
    let batches = fencepost::wire::Segment::headers(&whole).count();
    assert_eq!(torn, whole.len() - batches, "but for a cut between two batches");
}
