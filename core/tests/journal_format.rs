//! The journal's bytes: that they stay as they are, and what becomes of them when they don't.

mod journal_support;
mod producer_world;

use fencepost::ids::{Sequence, Timestamp};
use fencepost::journal::{
    BatchRecord, Cursor, Damage, Header, Read, Reader, Reason, Record, RecoverError, Recovery,
    Settled, SplitRecord, Tail, Track, Unwritten, Word, Writer, newer_of,
};
use fencepost::producer::RestoredPartition;
use journal_support::{App, CAPACITY, cluster, cursor, identity, recover, rewrite, topic, tracks};
use producer_world::{Log, Random};

const HEX: &str = include_str!("journal_support/records.txt");

fn sequence(n: i32) -> Sequence {
    Sequence::new(n).unwrap()
}

fn state(next: i32) -> RestoredPartition {
    RestoredPartition {
        identity: identity(0x0102_0304_0506, 3),
        next_sequence: sequence(next),
        last_acked: Some(sequence(9)),
        last_acked_offset: Some(1_000),
        first_use_offset: None,
        newest_acked: Some(Timestamp::from_millis(1_700_000_000_000)),
        acked_ever: true,
    }
}

fn batch(base: i32, carried: bool, bytes: &[u8]) -> Record<'_> {
    Record::Batch(BatchRecord {
        slot: 2,
        identity: identity(0x0102_0304_0506, 3),
        carried,
        base_sequence: sequence(base),
        records: 5,
        max_timestamp: Timestamp::from_millis(-1),
        first_sent: Timestamp::from_millis(1_700_000_000_001),
        cursor: cursor(0xabcd),
        bytes,
    })
}

/// The bytes of a record's verdicts can't be made but by reading them.
fn with_settled<T>(bump: bool, f: impl FnOnce(Record<'_>) -> T) -> T {
    let mut app = App::new(1);
    app.send(0, 0);
    let now = app.time();
    let batch = app.both.producer().oldest_undecided(0).unwrap();
    app.both.handle_disconnect(0, now);
    app.both.give_up(0, batch, now).unwrap();
    app.take_verdicts();
    let len = app.both.trim(0, &mut app.buffer).unwrap();
    let at = app.disk.len();
    app.sync(len);
    let mut reader = Reader::new(1 << 20);
    loop {
        let rest = &app.disk[reader.offset() as usize..];
        match reader.read(rest, true).unwrap() {
            Read::Record { offset, record: Record::Bump(settled) } => {
                assert_eq!(offset, at as u64);
                let settled = Settled { slot: 2, state: state(0), ..settled };
                let record = if bump { Record::Bump(settled) } else { Record::Verdicts(settled) };
                return f(record);
            }
            Read::End(_) => panic!("no bump"),
            _ => {}
        }
    }
}

fn every_kind(mut each: impl FnMut(&str, Record<'_>)) {
    each("holder", Record::Holder { generation: 4, place: *b"device and inode" });
    each("identity", Record::Identity(identity(7, 1)));
    for (name, cursor) in [("partition", Cursor::NONE), ("partition with a cursor", cursor(0xabcd))]
    {
        each(name, Record::Partition { slot: 2, of: topic(5), state: state(10), cursor });
    }
    let unwritten = Unwritten { word: Word::PossiblyWritten, cursor: Cursor::new(b"x").unwrap() };
    each("unwritten", Record::Unwritten { slot: 2, unwritten });
    each("batch", batch(10, false, b"bytes"));
    each("batch carried over", batch(10, true, b""));
    let split = SplitRecord {
        slot: 2,
        identity: identity(0x0102_0304_0506, 3),
        base_sequence: sequence(10),
        first_records: 2,
        first_cursor: Cursor::new(b"half").unwrap(),
        first: b"first",
        second: b"second",
    };
    each("split", Record::Split(split));
    with_settled(false, |record| each("verdicts", record));
    with_settled(true, |record| each("bump", record));
    each("complete", Record::Complete);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every record as the committed file has it. To see what a deliberate change does to the format:
/// run it with `JOURNAL_RECORDS` set to a file to write.
#[test]
fn the_format_is_as_it_was() {
    let mut lines = String::new();
    let mut buffer = [0; 512];
    let header = Header { turn: 6, cluster: cluster() };
    let (mut writer, len) = Writer::begin(&header, &mut buffer).unwrap();
    lines += &format!("header: {}\n", hex(&buffer[..len]));
    every_kind(|name, record| {
        let len = writer.write(&record, &mut buffer).unwrap();
        assert_eq!(len, Writer::len_of(&record));
        lines += &format!("{name}: {}\n", hex(&buffer[..len]));
    });
    if let Ok(path) = std::env::var("JOURNAL_RECORDS") {
        std::fs::write(path, &lines).unwrap();
    }
    assert_eq!(lines, HEX);
}

#[test]
fn every_record_is_read_as_it_was_written() {
    let mut bytes = Vec::new();
    let mut buffer = [0; 512];
    let header = Header { turn: 6, cluster: cluster() };
    let (mut writer, len) = Writer::begin(&header, &mut buffer).unwrap();
    bytes.extend_from_slice(&buffer[..len]);
    let mut told = Vec::new();
    every_kind(|_, record| {
        let small = writer.write(&record, &mut buffer[..Writer::len_of(&record) - 1]);
        assert_eq!(small.unwrap_err().wanted, Writer::len_of(&record));
        let len = writer.write(&record, &mut buffer).unwrap();
        bytes.extend_from_slice(&buffer[..len]);
        told.push(format!("{record:?}"));
    });
    // As a whole, and in pieces of every size: the same.
    for piece in [usize::MAX, 1, 7, 64] {
        let (mut reader, mut window, mut read) = (Reader::new(400), 0, Vec::new());
        loop {
            let from = reader.offset() as usize;
            let end = from.saturating_add(window).min(bytes.len());
            match reader.read(&bytes[from..end], end == bytes.len()).unwrap() {
                Read::Header(got) => assert_eq!(got, header),
                Read::Record { record, .. } => read.push(format!("{record:?}")),
                Read::More(wanted) => window = wanted.max(window.saturating_add(piece)),
                Read::End(tail) => {
                    assert_eq!(tail, Tail::Clean);
                    break;
                }
            }
        }
        assert_eq!(read, told);
    }
}

/// A journal with every kind of record that a producer writes, and the lengths at which one ended.
fn history() -> (Vec<u8>, Vec<usize>) {
    let (mut app, mut logs) = (App::new(2), [Log::new(), Log::new()]);
    for n in 0..6 {
        let slot = (n % 2) as u32;
        let attempt = app.send(slot, n);
        app.deliver(&mut logs[slot as usize], attempt, n < 4);
        app.take_verdicts();
    }
    app.disk = rewrite(&mut app.both, &app.disk);
    let mut ends = vec![app.disk.len()];
    app.crash();
    for n in 6..9 {
        app.settle(0, &mut logs[0]);
        let attempt = app.send(0, n);
        app.deliver(&mut logs[0], attempt, n != 8);
        ends.push(app.disk.len());
    }
    (app.disk, ends)
}

fn told(bytes: &[u8]) -> Result<String, RecoverError> {
    let (journal, _) = recover(2, bytes)?;
    let both = [0, 1].map(|slot| {
        let kept = journal.kept(slot).unwrap();
        let batches: Vec<_> = kept.batches().copied().collect();
        format!("{:?} {:?} {:?} {batches:?}", kept.state(), kept.cursor(), kept.unwritten())
    });
    Ok(both.join("\n"))
}

/// Every state that a whole number of records gives.
fn prefixes(bytes: &[u8]) -> Vec<String> {
    let mut states: Vec<String> = Vec::new();
    for end in 0..=bytes.len() {
        if let (Ok(state), true) = (told(&bytes[..end]), clean(&bytes[..end])) {
            states.push(state);
        }
    }
    states
}

fn clean(bytes: &[u8]) -> bool {
    recover(2, bytes).is_ok_and(|(_, summary)| summary.tail == Tail::Clean)
}

#[test]
fn a_journal_that_is_cut_anywhere_gives_what_was_there_before() {
    let (bytes, ends) = history();
    let complete = ends[0];
    let mut last = None;
    for end in 0..=bytes.len() {
        let read = recover(2, &bytes[..end]);
        if end < complete {
            let error = read.unwrap_err();
            assert!(
                matches!(
                    error,
                    RecoverError::Empty
                        | RecoverError::Incomplete { .. }
                        | RecoverError::Damage(Damage { offset: 0, reason: Reason::CutShort, .. })
                ),
                "cut at {end}: {error}"
            );
            continue;
        }
        let (_, summary) = read.unwrap_or_else(|error| panic!("cut at {end}: {error}"));
        let state = told(&bytes[..end]).unwrap();
        if summary.tail == Tail::Clean {
            assert_eq!(summary.end, end as u64);
            last = Some(state);
        } else {
            assert_eq!(summary.tail, Tail::Torn(Reason::CutShort), "cut at {end}");
            assert_eq!(Some(state), last, "cut at {end}");
        }
    }
    assert!(ends.iter().all(|end| clean(&bytes[..*end])));
}

#[test]
fn a_flipped_bit_gives_what_was_there_before_or_is_told() {
    let (bytes, _) = history();
    let states = prefixes(&bytes);
    let (mut torn, mut told_of) = (0, 0);
    for at in 0..bytes.len() {
        for bit in [0, 3, 7] {
            let mut bad = bytes.clone();
            bad[at] ^= 1 << bit;
            match recover(2, &bad) {
                Err(RecoverError::Damage(damage)) => {
                    assert!(damage.offset <= at as u64, "{damage}");
                    told_of += 1;
                }
                Err(RecoverError::Incomplete { .. }) => panic!("{at}: a record follows"),
                Err(error) => panic!("{at}.{bit}: {error}"),
                Ok((_, summary)) => {
                    // Only the last record can be taken for one that was not written to its end.
                    assert!(matches!(summary.tail, Tail::Torn(_)), "{at}.{bit}");
                    assert!(summary.end <= at as u64);
                    assert!(states.contains(&told(&bad).unwrap()), "{at}.{bit}");
                    torn += 1;
                }
            }
        }
    }
    assert!(told_of > 10 * torn && torn > 0, "{told_of} told of, {torn} torn");
}

/// Memory that was in use before: behind a torn tail stand whole records of an earlier turn, at the
/// very places where new ones would.
#[test]
fn what_an_earlier_use_left_behind_is_no_record_and_no_damage() {
    let (mut app, mut log) = (App::new(1), Log::new());
    for n in 0..4 {
        let attempt = app.send(0, n);
        app.deliver(&mut log, attempt, true);
        app.take_verdicts();
    }
    let old = rewrite(&mut app.both, &app.disk);
    app.disk = old.clone();
    let begins = app.disk.len();
    let five: Vec<_> = (4..9).map(|n| app.send(0, n)).collect();
    let first_turn = app.disk.clone();
    app.deliver(&mut log, five[0], true);
    let new = rewrite(&mut app.both, &app.disk);
    // The same memory, begun again, up to every byte of the new turn.
    for end in 0..=new.len() {
        let mut memory = first_turn.clone();
        memory[..end].copy_from_slice(&new[..end]);
        match recover(1, &memory) {
            Ok((_, summary)) if end < new.len() => {
                assert_eq!(summary.turn, 2, "the header was not begun: {end}");
                assert!(end <= 13 || summary.end == first_turn.len() as u64, "{end}");
            }
            Ok((journal, summary)) => {
                assert_eq!((summary.turn, summary.end), (3, end as u64));
                assert!(matches!(summary.tail, Tail::Torn(_)));
                assert_eq!(journal.kept(0).unwrap().batches().count(), 4);
            }
            Err(RecoverError::Incomplete { offset }) => assert!(offset <= end as u64),
            Err(RecoverError::Damage(damage)) => {
                assert_eq!(damage.offset, 0, "{end}: {damage}");
                assert_eq!(damage.reason, Reason::Header);
            }
            Err(error) => panic!("{end}: {error}"),
        }
    }
    assert!(begins < first_turn.len());
}

#[test]
fn erased_memory_behind_the_journal_is_its_end() {
    let (mut bytes, _) = history();
    let len = bytes.len() as u64;
    bytes.resize(bytes.len() + 100, 0xff);
    let (_, summary) = recover(2, &bytes).unwrap();
    assert_eq!((summary.tail, summary.end), (Tail::Erased, len));
    *bytes.last_mut().unwrap() = 0xfe;
    let (_, summary) = recover(2, &bytes).unwrap();
    assert!(matches!(summary.tail, Tail::Torn(_)));
    assert_eq!(recover(2, &[0xff; 64]).unwrap_err(), RecoverError::Empty);
    // What a file system fills a hole with.
    bytes.truncate(len as usize);
    bytes.resize(bytes.len() + 5_000, 0);
    assert!(matches!(recover(2, &bytes).unwrap().1.tail, Tail::Torn(_)));
}

#[test]
fn any_bytes_give_a_journal_or_one_error() {
    let (bytes, _) = history();
    let mut random = Random::new(5);
    for round in 0..3_000 {
        let mut bad = bytes.clone();
        for _ in 0..1 + random.below(6) {
            let (at, len) = (random.below(bad.len() as u64) as usize, random.below(9) as usize);
            match random.below(4) {
                0 => bad.truncate(at.max(1)),
                1 => bad.extend_from_slice(&bytes[at.min(bytes.len())..]),
                2 => drop(bad.drain(at..(at + len).min(bad.len()))),
                _ => bad[at] = random.below(256) as u8,
            }
            if bad.is_empty() {
                bad.push(0);
            }
        }
        if round % 3 == 0 {
            bad = (0..random.below(200)).map(|_| random.below(256) as u8).collect();
        }
        // As a whole and in pieces: the same.
        let whole = recover(2, &bad).map(|(_, summary)| summary);
        let mut recovery = Recovery::<_, 8>::new(tracks(2), cluster(), CAPACITY, u32::MAX);
        let mut window = 1;
        let pieces = loop {
            let from = recovery.offset() as usize;
            let end = from.saturating_add(window).min(bad.len());
            match recovery.push(&bad[from..end], end == bad.len()) {
                Ok(0) => break recovery.finish().map(|(_, summary)| summary),
                Ok(wanted) => window = wanted.max(window + 1),
                Err(error) => break Err(error),
            }
        };
        assert_eq!(whole, pieces);
        if let Err(error) = whole {
            assert!(!error.to_string().is_empty());
        }
    }
}

/// Records whose CRCs are right, and that make no sense together.
#[test]
fn records_that_do_not_fit_are_told_of() {
    let (mut misfits, mut fits) = (0, 0);
    let mut random = Random::new(11);
    for _ in 0..300 {
        let mut bytes = vec![0; 4096];
        let header = Header { turn: 1, cluster: cluster() };
        let (mut writer, mut at) = Writer::begin(&header, &mut bytes).unwrap();
        at += writer.write(&Record::Complete, &mut bytes[at..]).unwrap();
        for _ in 0..random.below(3) {
            every_kind(|_, record| {
                if random.one_in(3) {
                    at += writer.write(&record, &mut bytes[at..]).unwrap();
                }
            });
        }
        match recover(3, &bytes[..at]) {
            Err(RecoverError::Misfit { offset, .. }) => {
                assert!(offset < at as u64);
                misfits += 1;
            }
            Err(error) => panic!("{error}"),
            Ok(_) => fits += 1,
        }
    }
    assert!(misfits > 100 && fits > 50, "{misfits} {fits}");
}

/// J5: without the record that says so, what is five before a new batch was acknowledged.
#[test]
fn j5_of_six_batches_in_an_epoch_the_oldest_was_acknowledged() {
    let mut bytes = vec![0; 8192];
    let header = Header { turn: 1, cluster: cluster() };
    let (mut writer, mut at) = Writer::begin(&header, &mut bytes).unwrap();
    let state = RestoredPartition { last_acked: None, acked_ever: false, ..state(0) };
    let partition = Record::Partition { slot: 2, of: topic(5), state, cursor: Cursor::NONE };
    at += writer.write(&partition, &mut bytes[at..]).unwrap();
    at += writer.write(&Record::Complete, &mut bytes[at..]).unwrap();
    for n in 0..7 {
        at += writer.write(&batch(n * 5, false, b"b"), &mut bytes[at..]).unwrap();
    }
    let (journal, _) = recover(3, &bytes[..at]).unwrap();
    let kept = journal.kept(2).unwrap();
    let left: Vec<i32> = kept.batches().map(|batch| batch.base_sequence.get()).collect();
    assert_eq!(left, [10, 15, 20, 25, 30]);
    assert_eq!(kept.state().unwrap().last_acked, Some(sequence(9)));
    assert!(kept.state().unwrap().acked_ever);
}

/// The batches' verdicts are in no record, and no batch comes after them that would bring one.
#[test]
fn a_journal_that_is_written_anew_says_what_was_acknowledged_last() {
    let (mut app, mut log) = (App::new(1), Log::new());
    for n in 0..4 {
        let attempt = app.send(0, n);
        app.deliver(&mut log, attempt, true);
    }
    app.disk = rewrite(&mut app.both, &app.disk);
    let says = |app: &App| app.both.journal().kept(0).unwrap().state().unwrap();
    assert_eq!(says(&app).last_acked, Some(sequence(3)));
    app.crash();
    let state = says(&app);
    assert_eq!((state.last_acked, state.next_sequence), (Some(sequence(3)), sequence(4)));
    assert_eq!(state.last_acked_offset, Some(3));
}

/// Two areas of flash: the newer complete one counts, and damage is not taken for absence.
#[test]
fn of_two_journals_the_newer_complete_one_counts() {
    let (mut app, _) = (App::new(1), Log::new());
    app.send(0, 0);
    let old = app.disk.clone();
    let new = rewrite(&mut app.both, &app.disk);
    let read = |bytes: &[u8]| recover(1, bytes).map(|(_, summary)| summary);
    assert_eq!(newer_of(read(&old), read(&new)), Ok(1));
    assert_eq!(newer_of(read(&new), read(&old)), Ok(0));
    assert_eq!(newer_of(read(&old), read(&new[..new.len() - 1])), Ok(0));
    assert_eq!(newer_of(read(&[]), read(&new)), Ok(1));
    assert_eq!(newer_of(read(&[]), read(&[0xff; 9])), Err(RecoverError::Empty));
    let mut damaged = new.clone();
    damaged[70] ^= 1;
    assert!(matches!(newer_of(read(&old), read(&damaged)), Err(RecoverError::Damage(_))));
    assert!(matches!(newer_of(read(&damaged), read(&[])), Err(RecoverError::Damage(_))));
}

#[test]
fn memory_is_fixed_for_a_partition() {
    assert_eq!(size_of::<Track>(), 2_888);
    assert_eq!(size_of::<Track<1>>(), 672);
}
