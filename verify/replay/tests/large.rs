//! A segment of many pieces is replayed as a small one is: both passes read it from the file.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use fencepost::audit::Finding;
use fencepost::broker::{Batch, ProducerDescription};
use fencepost::ids::{Epoch, Identity, ProducerId, Sequence, Stamp};
use fencepost::wire::{Attributes, BatchBuilder, BatchOptions, RecordToWrite};
use fencepost_replay::{
    DamageKind, Folder, Options, Place, Replay, ReplayError, Report, Witness, examine,
    examine_before,
};

const BATCHES: usize = 600;
const TRANSACTIONAL: i16 = 0x10;

/// A folder that goes away with the test. Producers 0, 1, 2 take turns; a batch is one record of a
/// KiB.
struct Log {
    path: PathBuf,
    /// Where each batch begins.
    starts: Vec<usize>,
    bytes: Vec<u8>,
}

fn batch(n: usize, attributes: i16) -> Vec<u8> {
    let (offset, turn) = (i64::try_from(n).unwrap(), i32::try_from(n / 3).unwrap());
    let options = BatchOptions {
        attributes: Attributes(attributes),
        base_offset: offset,
        ..BatchOptions::default()
    };
    let id = ProducerId::new(offset % 3).unwrap();
    let stamp = Stamp {
        identity: Identity { id, epoch: Epoch::ZERO },
        base_sequence: Sequence::new(turn).unwrap(),
    };
    let mut buffer = vec![0; 2000];
    let mut builder = BatchBuilder::new(&mut buffer, options).unwrap();
    let record = RecordToWrite { timestamp: 1_000, value: Some(&[7; 1024]), ..Default::default() };
    builder.push(&record).unwrap();
    builder.finish(Some(stamp)).unwrap().to_vec()
}

impl Log {
    fn new(test: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("large-{test}-0"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        let (mut starts, mut bytes) = (Vec::new(), Vec::new());
        for n in 0..BATCHES {
            starts.push(bytes.len());
            bytes.extend(batch(n, 0));
        }
        Self { path, starts, bytes }
    }

    fn folder(&self) -> Folder {
        fs::write(self.path.join(format!("{:020}.log", 0)), &self.bytes).unwrap();
        Folder::open(&self.path).unwrap()
    }

    fn report(&self, live: bool) -> Report {
        examine(&self.folder(), Options { live, ..Options::default() }).unwrap()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn known(replay: &Replay<'_>) -> Vec<(ProducerDescription, usize)> {
    let all = replay.producers().producers();
    let mut all: Vec<_> = all.map(|slot| (slot.describe(), slot.window().len())).collect();
    all.sort_by_key(|(producer, _)| producer.producer_id);
    all
}

/// The last sequence of each producer once so many batches are replayed.
fn sequences(report: &Report) -> Vec<i32> {
    report.producers.iter().map(|(producer, _)| producer.last_sequence).collect()
}

#[test]
fn a_segment_of_many_pieces_is_replayed_to_its_end() {
    let log = Log::new("whole");
    assert!(log.bytes.len() > 4 * (128 << 10));
    let report = log.report(false);
    assert_eq!((report.damage.len(), report.findings.len()), (0, 0));
    assert_eq!((report.batches, report.end), (BATCHES as u64, BATCHES as i64));
    assert_eq!(report.bytes, log.bytes.len() as u64);
    assert_eq!(sequences(&report), [199; 3]);
}

#[test]
fn a_replay_that_stops_anywhere_in_a_segment_goes_on_where_it_stopped() {
    let log = Log::new("steps");
    let folder = log.folder();
    let mut whole = Replay::new(&folder, Options::default()).unwrap();
    whole.advance_to(i64::MAX).unwrap();
    let mut steps = Replay::new(&folder, Options::default()).unwrap();
    for offset in (0..=600).step_by(37) {
        steps.advance_to(offset).unwrap();
        assert_eq!(steps.end(), offset);
        let mut at_once = Replay::new(&folder, Options::default()).unwrap();
        at_once.advance_to(offset).unwrap();
        assert_eq!(known(&steps), known(&at_once), "at {offset}");
        // A restart from what is known here.
        let slots: Vec<_> = steps.producers().producers().copied().collect();
        let mut again = Replay::from_snapshot(&folder, Options::default(), &slots, offset).unwrap();
        again.advance_to(i64::MAX).unwrap();
        assert_eq!(known(&again), known(&whole), "from {offset}");
    }
    steps.advance_to(i64::MAX).unwrap();
    assert_eq!(known(&steps), known(&whole));
    assert_eq!((steps.batches(), steps.bytes_read()), (whole.batches(), whole.bytes_read()));
}

#[test]
fn damage_behind_many_pieces_is_named_with_its_place_and_what_is_before_it_counts() {
    let mut log = Log::new("damage");
    let at = log.starts[450];
    log.bytes[at + 500] ^= 1;
    let report = log.report(false);
    let [damage] = &report.damage[..] else { panic!("{:?}", report.damage) };
    assert_eq!((damage.name(), damage.position), ("bad_crc", at as u64));
    assert_eq!(damage.bytes, (log.bytes.len() - at) as u64);
    assert_eq!((report.end, sequences(&report)), (450, vec![149; 3]));
}

/// A broker makes a file longer before it writes: no damage while it does.
#[test]
fn zeros_of_many_pieces_are_a_growing_tail_and_one_other_byte_in_them_is_damage() {
    let mut log = Log::new("zeros");
    let len = log.bytes.len();
    log.bytes.resize(len + (300 << 10), 0);
    assert_eq!(log.report(true).damage, []);
    let told = log.report(false).damage;
    assert!(told.len() == 1 && told[0].is_zeros && told[0].position == len as u64);
    assert_eq!(sequences(&log.report(true)), [199; 3]);
    *log.bytes.last_mut().unwrap() = 1;
    assert_eq!(log.report(true).damage.len(), 1);
}

#[test]
fn a_batch_that_is_refused_behind_many_pieces_leaves_what_is_before_it() {
    let mut log = Log::new("refused");
    // Producer 0 has a transaction open from its 301st batch on, and 450 is not in it.
    let of =
        |n: usize| if n.is_multiple_of(3) && (300..450).contains(&n) { TRANSACTIONAL } else { 0 };
    log.bytes = (0..BATCHES).flat_map(|n| batch(n, of(n))).collect();
    let report = log.report(false);
    let [damage] = &report.damage[..] else { panic!("{:?}", report.damage) };
    assert!(matches!(damage.kind, DamageKind::Refused(_)));
    assert_eq!(damage.position, log.starts[450] as u64);
    assert_eq!(sequences(&report), [149; 3]);
}

/// Lets a log be cut, and written on otherwise, when its last batch was seen.
struct Cut<'l> {
    log: &'l Log,
    left: usize,
}

impl Witness for Cut<'_> {
    fn see(&mut self, _: Place, _: usize, _: &Batch, _: &[Finding]) -> ControlFlow<()> {
        self.left -= 1;
        if self.left == 0 {
            let others = self.log.bytes[..self.log.starts[300]].iter().copied();
            let others = others.chain((300..BATCHES).flat_map(|n| batch(n + 3, 0)));
            fs::write(self.log.path.join(format!("{:020}.log", 0)), others.collect::<Vec<u8>>())
                .unwrap();
        }
        ControlFlow::Continue(())
    }
}

/// A follower's log is cut where it differs from its leader's, also while it is read.
#[test]
fn what_is_applied_is_what_was_seen_or_the_log_is_told_to_have_changed() {
    let log = Log::new("cut");
    let folder = log.folder();
    for live in [false, true] {
        let options = Options { live, ..Options::default() };
        let mut witness = Cut { log: &log, left: BATCHES };
        let done = examine_before(&folder, options, true, &mut witness);
        assert!(matches!(done, Err(ReplayError::Changed { .. })), "{done:?}");
        assert_eq!(witness.left, 0);
        log.folder();
    }
}
