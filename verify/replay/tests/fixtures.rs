//! Every log that a real Kafka wrote, replayed: its own snapshots, indexes and answers come out.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use fencepost::audit::{FindingKind, Severity};
use fencepost::broker::Slot;
use fencepost::snapshot::v1;
use fencepost_replay::{Entry, Folder, Options, Replay, examine, folders_below};

/// The logs of a broker that nothing happened to.
const CLEAN: [&str; 2] = ["data", "data-tv1"];
const SETS: [&str; 3] = ["data", "data-tv1", "data-restart"];

fn set(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name)
}

fn folders() -> Vec<Folder> {
    folders_of(&SETS)
}

fn folders_of(sets: &[&str]) -> Vec<Folder> {
    sets.iter().flat_map(|name| folders_below(&set(name)).unwrap()).collect()
}

fn is_compacted(folder: &Folder) -> bool {
    folder.name.starts_with("compacted")
}

fn decode(path: &Path) -> (Vec<u8>, Vec<Slot>) {
    let file = fs::read(path).unwrap();
    let slots = v1::decode(&file).unwrap().map(Slot::from).collect();
    (file, slots)
}

#[test]
fn every_segment_replays_to_kafkas_own_snapshot() {
    let (mut snapshots, mut entries, mut gone) = (0, 0, BTreeMap::new());
    let folders = folders();
    for folder in &folders {
        let report = examine(folder, Options::default()).unwrap();
        assert!(!report.snapshots.is_empty(), "{}: no snapshot was compared", report.name);
        assert_eq!(report.damage, [], "{}", report.name);
        for check in &report.snapshots {
            let place = format!("{} at {}", folder.path.display(), check.offset);
            let comparison = check.result.as_ref().unwrap();
            assert_eq!(comparison.differences, [], "{place}");
            assert!(comparison.expired.is_empty(), "{place}");
            if !is_compacted(folder) {
                assert_eq!(comparison.gone, [], "{place}");
                assert_eq!(comparison.equal, comparison.entries, "{place}");
            }
            assert_eq!(comparison.equal + comparison.gone.len(), comparison.entries, "{place}");
            snapshots += 1;
            entries += comparison.equal;
            *gone.entry(folder.name.clone()).or_insert(0) += comparison.gone.len();
        }
        let highest = folder.snapshots.last().unwrap().0;
        assert_eq!(report.end, highest, "{}: the last snapshot is at the log's end", report.name);
    }
    gone.retain(|_, count| *count > 0);
    println!(
        "{} partitions, {snapshots} snapshots, {entries} entries equal; gone: {gone:?}",
        folders.len()
    );
    assert!(folders.len() >= 30, "{} partitions", folders.len());
    assert!(snapshots >= 80, "{snapshots} snapshots");
    assert!(entries >= 250, "{entries} entries");
}

/// The audit takes batch by batch what the replay takes segment by segment; on clean logs they
/// agree.
#[test]
fn batch_by_batch_gives_the_same_producers_as_segment_by_segment() {
    for folder in folders() {
        let mut replay = Replay::new(&folder, Options::default()).unwrap();
        for (offset, _) in folder.snapshots.iter().chain([&(i64::MAX, PathBuf::new())]) {
            replay.advance_to(*offset).unwrap();
            let sorted = |slots: Vec<Entry>| -> BTreeMap<i64, Entry> {
                slots.into_iter().map(|entry| (entry.producer_id, entry)).collect()
            };
            let by_segment = sorted(replay.producers().producers().map(Entry::from).collect());
            let by_batch = sorted(replay.audited().producers().map(Entry::from).collect());
            assert_eq!(by_segment, by_batch, "{} at {offset}", folder.name);
        }
    }
}

/// What a broker does after a restart: load a snapshot, replay what follows.
#[test]
fn a_reload_from_each_snapshot_gives_the_next_one() {
    let (mut pairs, mut unequal) = (0, 0);
    for folder in folders() {
        for pair in folder.snapshots.windows(2) {
            let [(from, path), (to, next)] = pair else { continue };
            let (_, slots) = decode(path);
            let mut replay =
                Replay::from_snapshot(&folder, Options::default(), &slots, *from).unwrap();
            replay.advance_to(*to).unwrap();
            let (_, want) = decode(next);
            if !is_compacted(&folder) {
                assert_eq!(replay.producers().len() as usize, want.len(), "{} {to}", folder.name);
            }
            for slot in &want {
                let have = replay.producers().producer(slot.producer_id()).map(Entry::from);
                if have != Some(Entry::from(slot)) {
                    // Compaction took what lay between the two, so only the snapshots know.
                    assert!(is_compacted(&folder), "{} {to}: {have:?}", folder.name);
                    assert!(replay.offsets_missing_below(*to), "{} {to}", folder.name);
                    unequal += 1;
                }
            }
            pairs += 1;
        }
    }
    println!("{pairs} pairs, {unequal} entries whose batches compaction took");
    assert!(pairs >= 50, "{pairs} pairs");
}

#[test]
fn a_snapshot_written_from_the_log_is_kafkas_file_byte_for_byte() {
    let mut written = 0;
    for folder in folders() {
        let mut replay = Replay::new(&folder, Options::default()).unwrap();
        for (offset, path) in &folder.snapshots {
            replay.advance_to(*offset).unwrap();
            let (kafka, order) = decode(path);
            let known = |slot: &Slot| replay.producers().producer(slot.producer_id()).copied();
            // The order is that of Kafka's hash map, which means nothing: it is taken from the
            // file.
            let slots: Vec<Slot> = if is_compacted(&folder) {
                order
            } else {
                order.iter().map(|slot| known(slot).expect("compared above")).collect()
            };
            let mut ours = vec![0; v1::encoded_len(slots.len()).unwrap()];
            v1::encode(slots.iter(), &mut ours).unwrap();
            assert_eq!(ours, kafka, "{} {offset}", folder.name);
            written += 1;
        }
    }
    assert!(written >= 80, "{written} files");
}

#[test]
fn every_transaction_index_is_the_aborted_transactions_of_its_segment() {
    let (mut files, mut entries) = (0, 0);
    for folder in folders() {
        let report = examine(&folder, Options::default()).unwrap();
        for check in &report.indexes {
            assert_eq!(check.corrupt, None, "{} {}", folder.name, check.file);
            assert_eq!(check.differences, [], "{} {}", folder.name, check.file);
            files += 1;
            entries += check.entries;
        }
    }
    println!("{files} files, {entries} entries");
    assert!(files >= 30 && entries >= 40, "{files} files, {entries} entries");
}

#[test]
fn the_producers_are_those_of_kafkas_describe_producers() {
    let mut described = 0;
    for set_name in SETS {
        let manifest = fs::read_to_string(set(set_name).join("manifest.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        for partition in manifest["partitions"].as_array().unwrap() {
            let name =
                format!("{}-{}", partition["topic"].as_str().unwrap(), partition["partition"]);
            let folder = Folder::open(&set(set_name).join(&name)).unwrap();
            let report = examine(&folder, Options::default()).unwrap();
            let gone: Vec<i64> = report
                .snapshots
                .iter()
                .rev()
                .take(1)
                .flat_map(|check| check.result.as_ref().unwrap().gone.iter().map(|g| g.producer_id))
                .collect();
            let before = &partition["before_stop"];
            let answers = before["describe_producers"].as_array().unwrap();
            assert_eq!(report.producers.len(), answers.len(), "{name}");
            for answer in answers {
                let number = |field: &str| answer[field].as_i64().unwrap();
                let id = number("producer_id");
                let have = report.producers.iter().find(|(p, _)| p.producer_id == id);
                let (have, _) = have.unwrap_or_else(|| panic!("{name}: no producer {id}"));
                if gone.contains(&id) {
                    continue;
                }
                let want = [
                    number("producer_epoch"),
                    number("last_sequence"),
                    number("last_timestamp"),
                    number("coordinator_epoch"),
                    number("current_transaction_start_offset"),
                ];
                let have = [
                    have.producer_epoch.into(),
                    have.last_sequence.into(),
                    have.last_timestamp,
                    have.coordinator_epoch.into(),
                    have.current_txn_start_offset,
                ];
                assert_eq!(have, want, "{name}, producer {id}");
                described += 1;
            }
            assert_eq!(report.end, partition["checkpoints"]["log_end_offset"].as_i64().unwrap());
        }
    }
    assert!(described >= 70, "{described} producers");
}

#[test]
fn logs_of_a_healthy_broker_have_no_fault() {
    let mut notes: BTreeMap<&str, usize> = BTreeMap::new();
    for folder in folders_of(&CLEAN) {
        let report = examine(&folder, Options::default()).unwrap();
        for finding in &report.findings {
            assert_eq!(finding.severity(), Severity::Note, "{}: {finding}", report.name);
            *notes.entry(finding.kind.name()).or_insert(0) += 1;
        }
        assert_eq!(report.faults(), 0, "{}", report.name);
    }
    println!("{notes:?}");
    assert!(notes["epoch_raised"] >= 2, "the stories of `bumped`");
    assert!(notes["transaction_left_open"] >= 3, "the stories of `txn-open`");
}

/// R81, R82: five answers lost, a restart, and each batch on the log twice (see the fixtures'
/// README).
#[test]
fn r81_r82_what_a_client_wrote_again_after_a_restart_is_recognised_for_what_it_is() {
    let found: Vec<Vec<(i64, FindingKind)>> = folders_of(&["data-restart"])
        .iter()
        .map(|folder| examine(folder, Options::default()).unwrap())
        .inspect(|report| assert_eq!(report.faults(), 5, "{}", report.name))
        .map(|report| report.findings.iter().map(|f| (f.offset, f.kind)).collect())
        .collect();
    // The first copies' first offset, and the second copies'.
    for (found, (first, second)) in found.iter().zip([(1, 6), (3, 8)]) {
        let twice = |n| FindingKind::WrittenTwice { first_offset: first + n, first_epoch: 0 };
        let mut want = vec![
            (second, FindingKind::EpochRaised { current: 0 }),
            (second, twice(0)),
            (second, FindingKind::WindowNarrowed { current: 0, got: 2 }),
        ];
        want.extend((1..5).map(|n| (second + n, twice(n))));
        assert_eq!(found, &want);
    }
    assert_eq!(found.len(), 2);
}

/// What the manifest says of the same folders: all that the client was told is the second copies.
#[test]
fn after_the_restart_the_client_was_told_of_success_and_of_the_second_copies_only() {
    let manifest = fs::read_to_string(set("data-restart").join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let told: Vec<&serde_json::Value> = manifest["partitions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|partition| &partition["acknowledged"][0])
        .inspect(|told| assert_eq!(told["refused"], serde_json::json!([])))
        .map(|told| &told["offsets"])
        .collect();
    assert_eq!(told, [&serde_json::json!([[6, 10]]), &serde_json::json!([[0, 1], [8, 13]])]);
}
