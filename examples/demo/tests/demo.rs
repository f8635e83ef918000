//! What the demo says and how it ends: on good logs, on damaged copies, and on what is no log.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn fixture(partition: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../verify/fixtures/data").join(partition)
}

/// A folder that goes away with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(test: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("demo-{test}"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn with(partition: &str, test: &str) -> Self {
        let scratch = Self::new(test);
        for file in fs::read_dir(fixture(partition)).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), scratch.0.join(file.file_name())).unwrap();
        }
        scratch
    }

    fn edit(&self, file: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = fs::read(self.0.join(file)).unwrap();
        change(&mut bytes);
        fs::write(self.0.join(file), bytes).unwrap();
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn demo(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fencepost-demo")).args(arguments).output().unwrap()
}

fn demo_on(path: &Path) -> (i32, String, String) {
    let output = demo(&[path.to_str().unwrap()]);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// One line that names the place and the reason, and nothing else.
fn assert_refused(path: &Path, reason: &str) {
    let (code, stdout, stderr) = demo_on(path);
    assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.contains(path.to_str().unwrap()) && stderr.contains(reason), "{stderr}");
}

#[test]
fn the_demo_finds_every_log_of_kafka_equal_and_tells_the_story() {
    let output = demo(&[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(output.stderr.is_empty());
    assert!(!text.contains('\x1b'), "a pipe gets plain text");
    let (clean, rest) =
        text.split_once("A log on which a client wrote everything twice\n").unwrap();
    let equal = clean.lines().filter(|l| l.trim() == "equal to Kafka's own snapshot: yes").count();
    assert!(equal >= 30, "{equal} partitions");
    assert!(!text.contains("equal to Kafka's own snapshot: no"));
    assert!(!clean.contains("  fault  "));
    let sum =
        format!("{equal} partitions: {equal} of {equal} equal to Kafka's own snapshots; 0 faults");
    assert!(clean.contains(&sum), "{text}");
    let copies = rest.lines().filter(|l| l.starts_with("  fault  ")).collect::<Vec<_>>();
    assert_eq!(copies.len(), 10);
    let why = "the producer began anew after epoch 0 and wrote the batch at offset ";
    assert!(copies.iter().all(|line| line.contains(why)), "{copies:?}");
    assert!(rest.contains("10 second copies are on these logs; each is found"));
    let (without, with) = rest.split_once("  with tracking").unwrap();
    assert!(without.contains("order 17 is on the log 2 times"));
    assert!(with.contains("already there, at offset 0"));
    assert!(with.contains("order 17 is on the log 1 time\n"));
    let (crash, restart) =
        rest.split_once("A broker that is restarted while answers are lost").unwrap();
    assert_crash_is_told(crash);
    let (theirs, ours) = restart.split_once("by fencepost's producer").unwrap();
    assert_eq!(theirs.matches("written twice").count(), 5);
    assert!(theirs.contains("it says that all is written; 5 orders are on the log twice"));
    assert_eq!(ours.matches("written twice").count(), 0);
    assert!(ours.contains("it says that all is written; each order is on the log once"));
}

/// With a new id what was under way is there twice; with the journal once, under the old id.
fn assert_crash_is_told(text: &str) {
    let (_, story) =
        text.split_once("A producer that crashes in the middle of its retries").unwrap();
    let (new_id, journal) = story.split_once("that comes back with its journal").unwrap();
    let log = |told: &str| {
        let lines = told.lines().filter(|line| line.starts_with("      offset "));
        lines.map(|line| line.split_once("order ").unwrap().1.to_owned()).collect::<Vec<_>>()
    };
    assert!(new_id.contains("it is producer 1001, and goes on behind order 31"), "{new_id}");
    assert_eq!(new_id.matches("written twice").count(), 2);
    assert_eq!(log(new_id).len(), 7);
    assert!(new_id.contains("it says that all is written; 2 orders are on the log twice"));

    assert!(journal.contains("it is producer 1000 as before; orders 32, 33, 34 are undecided"));
    assert!(journal.contains("asks the leader      ──▶ its last sequence is 2, in epoch 0"));
    assert!(journal.contains("sends order 33 again ──▶ already there, at offset 2"));
    assert_eq!(journal.matches("written twice").count(), 0);
    let numbers = log(journal).iter().map(|order| order[..2].parse().unwrap()).collect::<Vec<u8>>();
    assert_eq!(numbers, [31, 32, 33, 34, 35]);
    assert!(journal.contains("epoch 1  sequence 0  order 35"), "numbers begin anew: {journal}");
    assert!(journal.contains("it says that all is written; each order is on the log once"));
}

#[cfg(unix)]
#[test]
fn a_name_can_not_write_on_the_terminal() {
    let scratch = Scratch::with("pipelined-0", "named");
    let named = Scratch::new("names");
    let folder = named.0.join("a\x1b[31m\rb-0");
    fs::rename(&scratch.0, &folder).unwrap();
    let (code, text, stderr) = demo_on(&folder);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(text.starts_with("a\\u{1b}[31m\\rb-0 "), "{text:?}");
    assert!(!text.contains(['\x1b', '\r']), "{text:?}");
    let (code, _, stderr) = demo_on(&folder.join("none"));
    assert_eq!(code, 2);
    assert!(!stderr.contains(['\x1b', '\r']), "{stderr:?}");
}

#[test]
fn a_folder_is_shown_alone_and_one_with_folders_below_is_shown_whole() {
    let (code, text, _) = demo_on(&fixture("txn-0"));
    assert_eq!(code, 0);
    assert!(text.starts_with("txn-0 "));
    assert!(text.contains("equal to Kafka's own transaction index: yes"));
    assert!(text.contains("1 partition: 1 of 1 equal"));
    assert!(!text.contains("tracking"), "the story is told only without a folder");

    let (code, text, _) = demo_on(&fixture(""));
    assert_eq!(code, 0);
    let shown =
        text.lines().filter(|line| line.contains("equal to Kafka's own snapshot: ")).count();
    assert!(shown >= 20 && text.contains(&format!("{shown} partitions: {shown} of {shown} equal")));
}

#[test]
fn logs_with_something_written_twice_are_faulty_where_they_are_asked_for() {
    let (code, text, _) = demo_on(&fixture("../data-restart"));
    assert_eq!(code, 1);
    assert!(text.contains("2 partitions: 2 of 2 equal to Kafka's own snapshots; 10 faults"));
}

#[test]
fn a_torn_tail_is_a_fault_with_its_place() {
    let scratch = Scratch::with("idempotent-0", "torn");
    let file = "00000000000000000000.log";
    let mut len = 0;
    scratch.edit(file, |log| {
        len = log.len();
        log.extend(log[..80].to_vec());
    });
    let (code, text, stderr) = demo_on(&scratch.0);
    assert_eq!((code, stderr.as_str()), (1, ""));
    assert!(text.contains(&format!("fault  {file}, byte {len}: a torn batch")), "{text}");
    assert!(text.contains("equal to Kafka's own snapshot: yes"));
}

#[test]
fn a_flipped_byte_is_a_fault_with_its_place_and_the_snapshot_differs() {
    let scratch = Scratch::with("idempotent-0", "flipped");
    let file = "00000000000000000000.log";
    scratch.edit(file, |log| log[65] ^= 0x10);
    let (code, text, stderr) = demo_on(&scratch.0);
    assert_eq!((code, stderr.as_str()), (1, ""));
    assert!(
        text.contains(&format!("fault  {file}, byte 0: changed bytes: crc at byte 17")),
        "{text}"
    );
    assert!(text.contains("equal to Kafka's own snapshot: no"));
    assert!(text.contains("differs at 100: producer"));
}

#[test]
fn without_a_snapshot_there_is_nothing_to_be_equal_to() {
    let scratch = Scratch::with("pipelined-0", "bare");
    for file in fs::read_dir(&scratch.0).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|ending| ending != "log") {
            fs::remove_file(path).unwrap();
        }
    }
    let (code, text, _) = demo_on(&scratch.0);
    assert_eq!(code, 0);
    assert!(text.contains("equal to Kafka's own snapshot: no snapshot file"));
}

#[test]
fn what_is_no_partition_is_refused_with_place_and_reason() {
    let scratch = Scratch::new("refused");
    assert_refused(&scratch.0.join("nowhere"), "No such file");
    assert_refused(&scratch.0, "no partition here");
    let file = scratch.0.join("file");
    fs::write(&file, "x").unwrap();
    assert_refused(&file, "this is a file");
    fs::write(scratch.0.join("00000000000000000000.log"), "no batch at all, only words").unwrap();
    assert_refused(&scratch.0, "not a Kafka log: 00000000000000000000.log, byte 0: no batch");
    fs::write(scratch.0.join("latest.snapshot"), "x").unwrap();
    let (code, _, stderr) = demo_on(&scratch.0);
    assert_eq!(code, 2);
    assert!(stderr.contains("latest.snapshot") && stderr.contains("does not begin with an offset"));
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_refused_with_place_and_reason() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::with("pipelined-0", "forbidden");
    let log = scratch.0.join("00000000000000000000.log");
    fs::set_permissions(&log, fs::Permissions::from_mode(0o000)).unwrap();
    let (code, _, stderr) = demo_on(&scratch.0);
    // Root may read everything.
    let may_read = fs::read(&log).is_ok();
    assert_eq!(code, if may_read { 0 } else { 2 });
    assert_eq!(stderr.contains("ermission denied"), !may_read, "{stderr}");
}

#[test]
fn json_is_one_object_a_partition() {
    let output = demo(&["--json", fixture("").to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    let mut partitions = 0;
    for line in text.lines() {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(object["partition"].is_string());
        assert_eq!(object["equal_to_snapshots"], true, "{line}");
        assert_eq!(object["faults"], 0);
        partitions += 1;
    }
    assert!(partitions >= 20, "{partitions} partitions");
}

/// As the text: the clean logs, then those with ten faults; all as expected.
#[test]
fn json_without_a_folder_is_every_partition_too() {
    let output = demo(&["--json"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    let objects = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let objects: Vec<serde_json::Value> = objects.collect();
    let faulty = objects.iter().filter(|object| object["faults"] != 0).collect::<Vec<_>>();
    assert!(objects.len() >= 30 && faulty.len() == 2, "{} partitions", objects.len());
    assert!(faulty.iter().all(|object| object["findings"][1]["kind"] == "written_twice"));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fencepost-demo"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}

#[test]
fn help_has_an_example() {
    let output = demo(&["--help"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(text.contains("fencepost-demo /var/lib/kafka/data/orders-0"));
    assert_eq!(demo(&["--nonsense"]).status.code(), Some(2));
}
