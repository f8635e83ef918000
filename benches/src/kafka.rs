//! Kafka's own classes as a bed: a Java process that does the same rounds and times them itself.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::order::Random;
use crate::recovery::Log;
use crate::{Bed, Operation};

/// The Java program, compiled.
pub struct Program {
    class_path: String,
}

impl Program {
    /// Compiles it with Maven, which fetches Kafka's jars.
    ///
    /// # Errors
    /// The tool that is missing, or what it said.
    pub fn build() -> Result<Self, String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("java");
        for (tool, how) in [("java", "a JDK 17"), ("mvn", "Maven 3.8")] {
            if Command::new(tool).arg("-version").output().is_err() {
                return Err(format!("{tool} is not installed ({how})"));
            }
        }
        let built =
            Command::new("mvn").args(["-q", "process-classes"]).current_dir(&folder).output();
        let built = built.map_err(|error| format!("mvn: {error}"))?;
        if !built.status.success() {
            let said = String::from_utf8_lossy(&built.stdout);
            return Err(format!("mvn: {}", said.lines().next().unwrap_or("no reason given")));
        }
        let jars = fs::read_to_string(folder.join("target/classpath"));
        let jars = jars.map_err(|error| format!("mvn left no class path: {error}"))?;
        let classes = folder.join("target/classes");
        Ok(Self { class_path: format!("{}:{jars}", classes.display()) })
    }
}

/// Kafka's producer state of so many producers, five batches each.
pub struct Kafka {
    java: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    producers: usize,
    heap: u64,
    warm: Vec<Operation>,
    folder: PathBuf,
}

/// What is done of each operation before the first round that counts: many times what the JVM's
/// second compiler wants, and long enough for it to have come to it on a busy machine.
const WARM_UP: (usize, Duration) = (600_000, Duration::from_millis(1_500));

impl Kafka {
    /// A process of its own, with the collector and the settings that Kafka's scripts start a
    /// broker with. Its heap is touched beforehand: else its first gigabytes of garbage each wait
    /// for pages from the system, and a look-up takes ten times as long.
    ///
    /// # Panics
    /// If Java does not start.
    #[must_use]
    pub fn start(program: &Program, producers: usize) -> Self {
        let folder = memory_folder().join(format!("fencepost-kafka-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let mut java = Command::new("java")
            .args([
                "-server",
                "-Xms2g",
                "-Xmx2g",
                "-XX:+AlwaysPreTouch",
                "-XX:+UseG1GC",
                "-XX:MaxGCPauseMillis=20",
            ])
            .args(["-XX:InitiatingHeapOccupancyPercent=35", "-cp", &program.class_path])
            .arg("fencepost.bench.Main")
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("java starts");
        let requests = java.stdin.take().expect("piped");
        let answers = BufReader::new(java.stdout.take().expect("piped"));
        let warm = Vec::new();
        let mut kafka = Self { java, requests, answers, producers, heap: 0, warm, folder };
        kafka.heap = kafka.ask(&format!("open {producers}"));
        kafka
    }

    /// Heap bytes that the state takes, after a collection.
    #[must_use]
    pub const fn heap(&self) -> u64 {
        self.heap
    }

    /// Nanoseconds that a walk over a segment takes.
    pub fn walk(&mut self, checked: bool) -> u64 {
        self.ask(if checked { "walk checked" } else { "walk headers" })
    }

    /// Takes a segment, and walks it until it is compiled.
    ///
    /// # Panics
    /// If the file can't be written.
    pub fn segment(&mut self, segment: &[u8]) {
        let file = self.folder.join("segment");
        fs::write(&file, segment).expect("a file");
        self.ask(&format!("segment {}", file.display()));
        for _ in 0..100 {
            self.walk(false);
            self.walk(true);
        }
    }

    /// Takes the folder of a partition with one segment.
    pub fn log(&mut self, log: &Log) {
        self.ask(&format!("log {} {} {}", log.folder().display(), log.producers(), log.end()));
    }

    /// Nanoseconds that Kafka's log takes to open that folder: after a crash, when each batch is
    /// checked, or after a clean shutdown with a snapshot of its begin.
    pub fn open_log(&mut self, checked: bool) -> u64 {
        self.ask(if checked { "recover" } else { "replay" })
    }

    fn ask(&mut self, request: &str) -> u64 {
        writeln!(self.requests, "{request}").expect("java runs");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("java runs");
        answer.trim().parse().unwrap_or_else(|_| panic!("{request}: java said {answer:?}"))
    }

    /// Nanoseconds a round takes, and how many operations it is.
    fn once(&mut self, operation: Operation, round: u64, count: usize) -> Option<(u64, usize)> {
        let seed = Random::seed(operation, round);
        let known = |name: &str| format!("known {name} {seed} {count}");
        let (request, operations) = match operation {
            Operation::AdmitRecord | Operation::AdmitRecordPrefetched => (known("admit"), count),
            Operation::AdmitRecordSerial => (known("admit-serial"), count),
            Operation::Duplicate | Operation::DuplicatePrefetched => (known("duplicate"), count),
            Operation::DuplicateSerial => (known("duplicate-serial"), count),
            Operation::Refusal => (known("refusal"), count),
            Operation::Newcomer | Operation::NewcomerPrefetched => (format!("new {count}"), count),
            Operation::Sweep => ("pass sweep".into(), self.producers),
            Operation::ExpireAll => ("pass expire-all".into(), self.producers),
            Operation::FileWrite => ("pass write".into(), self.producers),
            Operation::NowhereWrite => ("pass make".into(), self.producers),
            Operation::FileRead => ("pass read".into(), self.producers),
            Operation::FileLoad => ("pass load".into(), self.producers),
            _ => return None,
        };
        Some((self.ask(&request), operations))
    }
}

impl Bed for Kafka {
    fn round(&mut self, operation: Operation, round: u64, count: usize) -> Option<Duration> {
        if !self.warm.contains(&operation) {
            let (mut done, begin) = (0, Instant::now());
            while done < WARM_UP.0 || begin.elapsed() < WARM_UP.1 {
                done += self.once(operation, u64::MAX - done as u64, count)?.1;
            }
            self.warm.push(operation);
        }
        let (nanos, operations) = self.once(operation, round, count)?;
        Some(Duration::from_nanos(nanos) * u32::try_from(count).ok()? / operations as u32)
    }
}

impl Drop for Kafka {
    fn drop(&mut self) {
        // Only this process, by its handle.
        self.java.kill().ok();
        self.java.wait().ok();
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// A folder in memory, where the system has one: no disk is measured.
#[must_use]
pub fn memory_folder() -> PathBuf {
    let shared = Path::new("/dev/shm");
    if shared.is_dir() { shared.into() } else { std::env::temp_dir() }
}
