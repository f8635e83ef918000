//! A journal in a file: power cuts and failures between any two steps, full disks, copies, and two
//! processes that want the same one.
#![cfg(feature = "std")]

mod journal_support;
mod producer_world;

use std::cell::RefCell;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use fencepost::ids::Timestamp;
use fencepost::journal::store::{Disk, Folder, Opened, Options, Store, StoreError};
use fencepost::journal::{Journaled, Payload, RecoverError, Refused, Tail, Track, Unclaimed};
use fencepost::producer::{Answer, BatchId, NewBatch, Next, Slot, Verdict};
use journal_support::{at, cluster, cursor, identity, item, producer, recover, topic};
use producer_world::Log;

const OPTIONS: fn() -> Options =
    || Options { slots: 1, cluster: cluster(), capacity: 1 << 20, adopt: false };

/// A folder of its own for each test, removed at the end.
struct Temp(PathBuf);

impl Temp {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("journal-{}-{n}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn journal(&self) -> PathBuf {
        self.0.join("orders.journal")
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Opens it. A process that another test starts has a copy of every lock until it is its own
/// program, so a lock that was just given back may be held for a moment.
fn open<D: Disk>(
    disk: impl Fn() -> D,
    path: &Path,
    options: Options,
) -> Result<Opened<D>, StoreError> {
    for _ in 0..500 {
        match Opened::open_on(disk(), path, options) {
            Err(StoreError::Held { .. }) => std::thread::sleep(Duration::from_millis(2)),
            other => return other,
        }
    }
    Opened::open_on(disk(), path, options)
}

fn open_file(path: &Path, options: Options) -> Result<Opened, StoreError> {
    open(|| Folder::new(path), path, options)
}

/// An application on a store: items 0, 1, 2, … of its source go to one partition.
struct App<D> {
    store: Store<D>,
    both: Journaled<Vec<Slot>, Vec<Track>>,
    now: i64,
    /// The next item of the source.
    next: u64,
    payloads: Vec<(BatchId, u64)>,
    buffer: Vec<u8>,
}

impl<D: Disk> App<D> {
    fn new(opened: Opened<D>, now: i64) -> Result<Self, StoreError> {
        let Opened { mut store, journal, .. } = opened;
        let mut both = Journaled::new(producer(1), journal).unwrap();
        if both.journal().is_empty() {
            store.compact(&mut both)?;
        }
        if both.producer().poll_identity() {
            both.handle_identity(identity(7, 0)).unwrap();
        }
        both.bind(0, topic(0), at(now)).unwrap();
        let kept = both.journal().kept(0).unwrap();
        let written = item(kept.cursor());
        let undecided: Vec<_> = kept.batches().copied().collect();
        let mut payloads = Vec::new();
        for batch in &undecided {
            let bytes = store.bytes_at(batch.at, batch.len)?;
            let n = u64::from_be_bytes(bytes.try_into().unwrap());
            assert_eq!(item(batch.cursor), Some(n));
            payloads.push((batch.name.unwrap(), n));
        }
        let last = payloads.last().map(|(_, n)| *n).or(written);
        let next = last.map_or(0, |last| last + 1);
        Ok(Self { store, both, now, next, payloads, buffer: vec![0; 2048] })
    }

    fn time(&self) -> Timestamp {
        at(self.now)
    }

    fn deliver(&mut self, log: &mut Log, attempt: fencepost::producer::Attempt, arrives: bool) {
        let found = self.payloads.iter().find(|(batch, _)| *batch == attempt.batch);
        let answer = log.produce(attempt.stamp, 1, found.unwrap().1, self.now);
        let answer = if arrives { Answer::Response(answer) } else { Answer::TimedOut };
        let now = self.time();
        self.both.handle_response(attempt, answer, now).unwrap();
        while self.store.take_verdict(&mut self.both, 0, now).unwrap().is_some() {}
    }

    /// Sends the next item; it may be sent again if that failed.
    fn send(&mut self) -> Result<fencepost::producer::Attempt, StoreError> {
        let now = self.time();
        let batch = NewBatch { records: 1, max_timestamp: now, created: now };
        let bytes = self.next.to_be_bytes();
        let payload = Payload { bytes: &bytes, cursor: cursor(self.next) };
        let permit = self.both.assign(0, batch, payload, now, &mut self.buffer).unwrap();
        self.store.commit(&mut self.both, &self.buffer[..permit.len()], now)?;
        self.payloads.push((permit.batch(), self.next));
        self.next += 1;
        Ok(self.both.claim(permit).unwrap())
    }

    /// Until nothing is undecided.
    fn settle(&mut self, log: &mut Log) -> Result<(), StoreError> {
        for _ in 0..200 {
            let now = self.time();
            match self.both.producer().poll(0, now) {
                Next::Send(_) => {
                    let permit = self.both.resend(0, now, &mut self.buffer).unwrap();
                    let written = &self.buffer[..permit.len()];
                    self.store.commit(&mut self.both, written, now)?;
                    let attempt = self.both.claim(permit).unwrap();
                    self.deliver(log, attempt, true);
                }
                Next::Describe { .. } => {
                    self.both.describe(0).unwrap();
                    self.both.handle_described(0, log.describe(7), now).unwrap();
                }
                Next::Idle if self.both.producer().oldest_undecided(0).is_none() => return Ok(()),
                Next::Idle => self.now += 50,
                other => panic!("{other:?}"),
            }
        }
        panic!("it does not come to rest");
    }
}

#[derive(Clone, Debug, Default)]
struct Memory {
    bytes: Vec<u8>,
    /// Up to where a power cut leaves them.
    synced: usize,
}

impl Memory {
    /// What a power cut may leave.
    fn images(&self) -> Vec<Vec<u8>> {
        let half = self.synced + (self.bytes.len() - self.synced) / 2;
        let mut lens = vec![self.synced, half, self.bytes.len()];
        lens.dedup();
        lens.into_iter().map(|len| self.bytes[..len].to_vec()).collect()
    }
}

#[derive(Debug, Default)]
struct World {
    journal: Option<Memory>,
    new: Option<Memory>,
    /// What the name may still lead to after a power cut.
    old: Option<Option<Memory>>,
    steps: usize,
    fails: Option<usize>,
    /// How many items were claimed so far.
    claimed: u64,
    /// What a power cut at each step may leave, and what was claimed until then.
    images: Vec<(u64, Option<Vec<u8>>)>,
    /// The lock's file, if that is looked at as well.
    lock: Option<PathBuf>,
    /// What it says where a power cut leaves these bytes of the journal.
    locked: Vec<(u64, Vec<u8>, Option<Vec<u8>>)>,
}

impl World {
    /// What a power cut may leave now.
    fn note(&mut self) {
        let mut names = vec![self.journal.clone()];
        names.extend(self.old.clone());
        for name in names {
            let left = name.map_or(vec![None], |journal| {
                journal.images().into_iter().map(Some).collect::<Vec<_>>()
            });
            if let Some(lock) = self.lock.as_ref().map(|lock| fs::read(lock).unwrap()) {
                let claimed = self.claimed;
                self.locked.extend(left.iter().map(|i| (claimed, lock.clone(), i.clone())));
            }
            self.images.extend(left.into_iter().map(|image| (self.claimed, image)));
        }
    }
}

/// A disk that remembers what a power cut at any step could leave, and fails where it is told to.
#[derive(Clone, Debug, Default)]
struct Model(Rc<RefCell<World>>);

impl Model {
    fn step<R>(
        &self,
        half: impl FnOnce(&mut World),
        whole: impl FnOnce(&mut World) -> R,
    ) -> io::Result<R> {
        let mut world = self.0.borrow_mut();
        if world.lock.is_some() {
            // The lock may have been written since the last step.
            world.note();
        }
        world.steps += 1;
        let failed = world.fails == Some(world.steps - 1);
        let done = if failed {
            half(&mut world);
            Err(io::Error::other("the disk is full"))
        } else {
            Ok(whole(&mut world))
        };
        world.note();
        done
    }

    /// The process ends, and the power with it.
    fn power_cut(&self) {
        let mut world = self.0.borrow_mut();
        if let Some(old) = world.old.take() {
            world.journal = old;
        }
        if let Some(journal) = &mut world.journal {
            journal.bytes.truncate(journal.synced);
        }
        world.new = None;
    }
}

fn nothing(_: &mut World) {}

impl Disk for Model {
    fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.step(nothing, |w| w.journal.as_ref().map(|journal| journal.bytes.clone()))
    }

    fn read_at(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        let bytes = self.step(nothing, |w| w.journal.clone().unwrap().bytes)?;
        buffer.copy_from_slice(&bytes[at as usize..][..buffer.len()]);
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let add = |w: &mut World, len: usize| {
            w.journal.as_mut().unwrap().bytes.extend_from_slice(&bytes[..len]);
        };
        self.step(|w| add(w, bytes.len() / 2), |w| add(w, bytes.len()))
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.step(nothing, |w| {
            let journal = w.journal.as_mut().unwrap();
            journal.bytes.truncate(len as usize);
            journal.synced = journal.synced.min(len as usize);
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        self.step(nothing, |w| {
            let journal = w.journal.as_mut().unwrap();
            journal.synced = journal.bytes.len();
        })
    }

    fn create_new(&mut self) -> io::Result<()> {
        self.step(nothing, |w| w.new = Some(Memory::default()))
    }

    fn append_new(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.step(nothing, |w| w.new.as_mut().unwrap().bytes.extend_from_slice(bytes))
    }

    fn sync_new(&mut self) -> io::Result<()> {
        self.step(nothing, |w| {
            let new = w.new.as_mut().unwrap();
            new.synced = new.bytes.len();
        })
    }

    fn replace(&mut self) -> io::Result<()> {
        self.step(nothing, |w| {
            w.old = Some(w.journal.take());
            w.journal = w.new.take();
        })
    }

    fn sync_folder(&mut self) -> io::Result<()> {
        self.step(nothing, |w| w.old = None)
    }

    fn remove_new(&mut self) -> io::Result<()> {
        self.step(nothing, |w| w.new = None)
    }
}

const ITEMS: u64 = 24;

/// Runs the application to its end on a disk that fails once; whenever the store is lost it begins
/// again from what a power cut leaves. Gives how often it began.
fn run(disk: &Model, path: &Path, log: &mut Log) -> usize {
    let mut now = 1_700_000_000_000;
    for begun in 1..20 {
        disk.power_cut();
        let mut go = || -> Result<(), StoreError> {
            let opened = open(|| disk.clone(), path, OPTIONS())?;
            let mut app = App::new(opened, now)?;
            app.settle(log)?;
            while app.next < ITEMS {
                now += 10;
                app.now = now;
                match app.send() {
                    Ok(attempt) => {
                        let mut world = disk.0.borrow_mut();
                        world.claimed = world.claimed.max(app.next);
                        drop(world);
                        let arrives = !app.next.is_multiple_of(4);
                        app.deliver(log, attempt, arrives);
                    }
                    Err(StoreError::Io { .. }) => while app.both.take_verdict(0).is_some() {},
                    Err(error) => return Err(error),
                }
                if app.next.is_multiple_of(5) {
                    let compacted = app.store.compact(&mut app.both);
                    if let Err(error @ StoreError::Poisoned { .. }) = compacted {
                        return Err(error);
                    }
                }
                app.settle(log)?;
                now = now.max(app.now);
            }
            Ok(())
        };
        match go() {
            Ok(()) => return begun,
            Err(StoreError::Io { .. } | StoreError::Poisoned { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("it does not end");
}

fn judge(log: &Log, what: &str) {
    let order: Vec<u64> = log.batches.iter().map(|batch| batch.payload).collect();
    assert_eq!(order, (0..ITEMS).collect::<Vec<u64>>(), "{what}");
}

/// J2: whatever was claimed is in the journal, wherever the power goes.
#[test]
fn a_power_cut_at_any_step_leaves_a_journal_that_knows_what_was_sent() {
    let (temp, disk, mut log) = (Temp::new(), Model::default(), Log::new());
    assert_eq!(run(&disk, &temp.journal(), &mut log), 1);
    judge(&log, "without a failure");
    let world = disk.0.borrow();
    assert!(world.images.len() > 120, "{}", world.images.len());
    for (claimed, image) in &world.images {
        let read = recover(1, image.as_deref().unwrap_or_default());
        let journal = match read {
            Ok((journal, _)) => journal,
            Err(RecoverError::Empty) if *claimed == 0 => continue,
            Err(error) => panic!("after {claimed}: {error}"),
        };
        let kept = journal.kept(0).unwrap();
        let undecided: Vec<u64> = kept.batches().map(|b| item(b.cursor).unwrap()).collect();
        let written = item(kept.cursor()).map_or(0, |last| last + 1);
        let known = written + undecided.len() as u64;
        assert!((*claimed..=*claimed + 1).contains(&known), "{claimed}: {known}");
        assert_eq!(undecided, (written..known).collect::<Vec<_>>(), "with no gap");
    }
}

#[test]
fn a_failure_at_any_step_loses_nothing_and_sends_nothing_twice() {
    let steps = {
        let (temp, disk, mut log) = (Temp::new(), Model::default(), Log::new());
        run(&disk, &temp.journal(), &mut log);
        disk.0.borrow().steps
    };
    assert!(steps > 60, "{steps}");
    let mut again = 0;
    for fails in 0..steps {
        let (temp, disk, mut log) = (Temp::new(), Model::default(), Log::new());
        disk.0.borrow_mut().fails = Some(fails);
        again += run(&disk, &temp.journal(), &mut log) - 1;
        judge(&log, &format!("step {fails} fails"));
    }
    assert!(again > 10, "{again}");
}

/// J1: a power cut is no copy and no restored backup, wherever it comes: between the journal's word
/// of a new holder and the lock's, too. What is opened then knows all that was claimed.
#[test]
fn j1_a_power_cut_at_any_step_leaves_a_lock_that_fits_the_journal() {
    let (temp, disk, mut log) = (Temp::new(), Model::default(), Log::new());
    let lock = temp.0.join("orders.journal.lock");
    fs::write(&lock, b"").unwrap();
    disk.0.borrow_mut().lock = Some(lock.clone());
    for session in 0..4 {
        let opened = open(|| disk.clone(), &temp.journal(), OPTIONS()).unwrap();
        let mut app = App::new(opened, 1_700_000_000_000 + session * 10_000).unwrap();
        app.settle(&mut log).unwrap();
        for _ in 0..3 {
            let attempt = app.send().unwrap();
            disk.0.borrow_mut().claimed = app.next;
            app.deliver(&mut log, attempt, !app.next.is_multiple_of(3));
        }
        if session == 2 {
            app.store.compact(&mut app.both).unwrap();
        }
    }
    let locked = std::mem::take(&mut disk.0.borrow_mut().locked);
    assert!(locked.len() > 150, "{}", locked.len());
    let stamps: std::collections::BTreeSet<&[u8]> =
        locked.iter().map(|(_, stamp, _)| &stamp[..]).collect();
    assert!(stamps.len() >= 5, "nothing, then the generations: {stamps:?}");
    for (n, (claimed, stamp, image)) in locked.iter().enumerate() {
        // The same file, as its number is a part of what is compared.
        fs::write(&lock, stamp).unwrap();
        let left = || {
            let memory = image.clone().map(|bytes| Memory { synced: bytes.len(), bytes });
            Model(Rc::new(RefCell::new(World { journal: memory, ..World::default() })))
        };
        let opened = open(left, &temp.journal(), OPTIONS())
            .unwrap_or_else(|error| panic!("cut {n}, after {claimed}, lock {stamp:?}: {error}"));
        let Some(kept) = opened.journal.kept(0).filter(|kept| kept.state().is_some()) else {
            assert_eq!(*claimed, 0, "cut {n}");
            continue;
        };
        let written = item(kept.cursor()).map_or(0, |last| last + 1);
        let known = written + kept.batches().count() as u64;
        assert!((*claimed..=*claimed + 1).contains(&known), "cut {n}, {claimed}: {known}");
    }
}

fn first_use(path: &Path) -> App<Folder> {
    App::new(open_file(path, OPTIONS()).unwrap(), 1_700_000_000_000).unwrap()
}

#[test]
fn a_journal_is_found_as_it_was_left() {
    let (temp, mut log) = (Temp::new(), Log::new());
    let mut app = first_use(&temp.journal());
    for _ in 0..3 {
        let attempt = app.send().unwrap();
        app.deliver(&mut log, attempt, true);
    }
    let lost = app.send().unwrap();
    app.deliver(&mut log, lost, false);
    let len = app.store.len();
    assert_eq!(fs::metadata(temp.journal()).unwrap().len(), len);
    drop(app);
    let opened = open_file(&temp.journal(), OPTIONS()).unwrap();
    assert!(!opened.created);
    assert_eq!((opened.tail, opened.journal.generation()), (Tail::Clean, 2));
    let mut app = App::new(opened, 1_700_000_001_000).unwrap();
    assert_eq!(app.payloads.len(), 1);
    app.settle(&mut log).unwrap();
    let attempt = app.send().unwrap();
    app.deliver(&mut log, attempt, true);
    let order: Vec<u64> = log.batches.iter().map(|batch| batch.payload).collect();
    assert_eq!(order, [0, 1, 2, 3, 4]);
    app.store.compact(&mut app.both).unwrap();
    assert!(app.store.len() < len, "what is decided is left out");
    assert!(!temp.0.join("orders.journal.new").exists());
}

#[test]
fn a_torn_tail_is_cut_off_and_damage_is_told_with_its_place() {
    let temp = Temp::new();
    let mut app = first_use(&temp.journal());
    app.send().unwrap();
    drop(app);
    let mut file = fs::OpenOptions::new().append(true).open(temp.journal()).unwrap();
    file.write_all(b"\0\0\0\x40\x04").unwrap();
    let opened = open_file(&temp.journal(), OPTIONS()).unwrap();
    assert!(matches!(opened.tail, Tail::Torn(_)));
    assert_eq!(fs::metadata(temp.journal()).unwrap().len(), opened.store.len());
    drop(opened);
    let mut bytes = fs::read(temp.journal()).unwrap();
    bytes[60] ^= 0x10;
    fs::write(temp.journal(), &bytes).unwrap();
    let error = open_file(&temp.journal(), OPTIONS()).unwrap_err().to_string();
    assert!(error.contains("orders.journal: damage at byte"), "{error}");
    assert_eq!(fs::read(temp.journal()).unwrap(), bytes, "and nothing was changed");
}

#[test]
fn what_is_no_regular_file_is_no_journal_and_gets_no_lock() {
    let temp = Temp::new();
    let folder = temp.0.join("folder");
    fs::create_dir(&folder).unwrap();
    let endless = temp.0.join("endless");
    #[cfg(unix)]
    std::os::unix::fs::symlink("/dev/zero", &endless).unwrap();
    for path in [folder, endless].iter().filter(|path| path.exists()) {
        let error = open_file(path, OPTIONS()).unwrap_err().to_string();
        assert!(error.contains("regular file"), "{error}");
        assert!(error.contains(path.file_name().unwrap().to_str().unwrap()), "{error}");
    }
    assert!(
        fs::read_dir(&temp.0)
            .unwrap()
            .all(|entry| { !entry.unwrap().file_name().to_string_lossy().ends_with(".lock") })
    );
}

/// J1: a copy, and an older state of the same journal.
#[test]
fn j1_a_copied_or_restored_journal_is_told() {
    let (temp, copy, mut log) = (Temp::new(), Temp::new(), Log::new());
    let moved = |path: &Path| match open_file(path, OPTIONS()) {
        Err(StoreError::Moved { how, .. }) => how,
        other => panic!("{other:?}"),
    };
    let mut app = first_use(&temp.journal());
    let attempt = app.send().unwrap();
    app.deliver(&mut log, attempt, true);
    drop(app);
    fs::copy(temp.journal(), copy.journal()).unwrap();
    assert!(moved(&copy.journal()).contains("no lock"));
    let lock = |temp: &Temp| temp.0.join("orders.journal.lock");
    fs::copy(lock(&temp), lock(&copy)).unwrap();
    let backup = fs::read(temp.journal()).unwrap();
    // Opened again, and something was journaled.
    let mut app = App::new(open_file(&temp.journal(), OPTIONS()).unwrap(), 1).unwrap();
    app.settle(&mut log).unwrap();
    let attempt = app.send().unwrap();
    app.deliver(&mut log, attempt, true);
    drop(app);
    #[cfg(unix)]
    {
        let mut app =
            App::new(open_file(&copy.journal(), Options { adopt: true, ..OPTIONS() }).unwrap(), 2)
                .unwrap();
        app.settle(&mut Log::new()).unwrap();
        app.send().unwrap();
        drop(app);
        // The copy is the copy's own now; carried back, it is a copy again.
        drop(open_file(&copy.journal(), OPTIONS()).unwrap());
        let original = fs::read(temp.journal()).unwrap();
        fs::write(temp.journal(), fs::read(copy.journal()).unwrap()).unwrap();
        assert!(moved(&temp.journal()).contains("it is a copy"));
        fs::write(temp.journal(), original).unwrap();
    }
    fs::write(temp.journal(), backup).unwrap();
    let how = moved(&temp.journal());
    assert!(how.contains("restored"), "{how}");
    fs::remove_file(temp.journal()).unwrap();
    assert!(moved(&temp.journal()).contains("gone"));
}

/// The number of a device is given out anew when a machine starts, and a producer that comes back
/// after a power cut is no copy of itself.
#[test]
#[cfg(unix)]
fn j1_a_journal_whose_device_has_got_another_number_is_no_copy() {
    use std::os::unix::fs::MetadataExt;
    let temp = Temp::new();
    drop(first_use(&temp.journal()));
    let inode = fs::metadata(temp.0.join("orders.journal.lock")).unwrap().ino();
    let hold = |place: [u8; 16]| {
        let bytes = fs::read(temp.journal()).unwrap();
        let (mut journal, _) = journal_support::recover(1, &bytes).unwrap();
        journal.hold(place);
        let mut both = Journaled::new(producer(1), journal).unwrap();
        fs::write(temp.journal(), journal_support::rewrite(&mut both, &bytes)).unwrap();
    };
    let mut place = [0x77; 16];
    place[8..].copy_from_slice(&inode.to_be_bytes());
    hold(place);
    drop(open_file(&temp.journal(), OPTIONS()).unwrap());
    place[8..].copy_from_slice(&(inode ^ 1).to_be_bytes());
    hold(place);
    let moved = open_file(&temp.journal(), OPTIONS()).unwrap_err();
    assert!(moved.to_string().contains("it is a copy"), "{moved}");
}

#[cfg(unix)]
fn is_held(path: &Path) -> bool {
    matches!(Opened::<Folder, 8>::open(path, OPTIONS()), Err(StoreError::Held { .. }))
}

/// J1: one lock and one file, by whichever name they are reached. Written anew, the journal stays
/// where the link leads to.
#[test]
#[cfg(unix)]
fn j1_a_journal_that_is_reached_by_a_link_is_the_one_the_link_leads_to() {
    use std::os::unix::fs::symlink;
    let (temp, links) = (Temp::new(), Temp::new());
    let link = links.0.join("state");
    symlink(temp.journal(), &link).unwrap();
    // What it leads to begins where it leads to.
    let mut app = first_use(&link);
    assert!(temp.journal().exists() && is_held(&link) && is_held(&temp.journal()));
    let mut log = Log::new();
    let attempt = app.send().unwrap();
    app.deliver(&mut log, attempt, true);
    drop(app);
    let mut app = App::new(open_file(&link, OPTIONS()).unwrap(), 1).unwrap();
    assert!(is_held(&temp.journal()));
    app.settle(&mut log).unwrap();
    app.store.compact(&mut app.both).unwrap();
    drop(app);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read(&link).unwrap(), fs::read(temp.journal()).unwrap());
    let beside: Vec<_> = fs::read_dir(&links.0).unwrap().collect();
    assert_eq!(beside.len(), 1, "nothing is left beside the link");
    let around = links.0.join("around");
    symlink(&around, &around).unwrap();
    let error = open_file(&around, OPTIONS()).unwrap_err().to_string();
    assert!(error.contains("around") && error.contains("too many"), "{error}");
    fs::remove_file(&around).unwrap();
    // A folder by another name is the same folder.
    let folder = links.0.join("folder");
    symlink(&temp.0, &folder).unwrap();
    let app = App::new(open_file(&folder.join("orders.journal"), OPTIONS()).unwrap(), 2).unwrap();
    assert!(is_held(&temp.journal()));
    drop(app);
}

/// Does nothing but in a child, which goes to another folder while it has the journal open.
#[test]
fn the_child_that_changes_its_working_directory() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let (path, mut log) = (PathBuf::from(path), Log::new());
    std::env::set_current_dir(path.parent().unwrap()).unwrap();
    let mut app = first_use(Path::new("orders.journal"));
    let attempt = app.send().unwrap();
    app.deliver(&mut log, attempt, true);
    std::env::set_current_dir("elsewhere").unwrap();
    app.store.compact(&mut app.both).unwrap();
    let attempt = app.send().unwrap();
    app.deliver(&mut log, attempt, true);
    app.settle(&mut log).unwrap();
}

/// A daemon goes to the root folder once it runs; its journal stays where it was opened.
#[test]
fn a_journal_stays_in_its_folder_when_the_working_directory_changes() {
    let temp = Temp::new();
    let elsewhere = temp.0.join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let mut ran = child("the_child_that_changes_its_working_directory", &temp.journal());
    let ran = ran.output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    let opened = open_file(&temp.journal(), OPTIONS()).unwrap();
    assert_eq!(opened.journal.turn(), 2);
}

/// The next opening of `orders` removes `orders.new`.
#[test]
fn a_journal_can_not_have_the_name_of_another_ones_part() {
    let temp = Temp::new();
    for name in ["orders.journal.new", "orders.journal.lock"] {
        let error = open_file(&temp.0.join(name), OPTIONS()).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains("another one's part"), "{error}");
    }
    for nameless in ["", "/", ".."] {
        assert!(open_file(Path::new(nameless), OPTIONS()).is_err(), "{nameless}");
    }
    assert_eq!(fs::read_dir(&temp.0).unwrap().count(), 0);
}

/// J2: behind a gap nothing would be read back, and what was left out would count as durable.
#[test]
fn j2_records_that_are_left_out_are_not_taken_for_durable() {
    let temp = Temp::new();
    let mut log = Log::new();
    let mut app = first_use(&temp.journal());
    let first = app.send().unwrap();
    app.deliver(&mut log, first, true);
    let now = app.time();
    let batch = NewBatch { records: 1, max_timestamp: now, created: now };
    let payload = Payload { bytes: &[1; 8], cursor: cursor(1) };
    let permit = app.both.assign(0, batch, payload, now, &mut app.buffer).unwrap();
    let records = app.buffer[..permit.len()].to_vec();
    let len = fs::metadata(temp.journal()).unwrap().len();
    for wrong in [&[][..], &records[..records.len() - 1], &app.buffer] {
        let refused = app.store.commit(&mut app.both, wrong, now).unwrap_err();
        assert!(matches!(refused, StoreError::Refused(Refused::Unsynced)), "{refused}");
    }
    assert_eq!(fs::metadata(temp.journal()).unwrap().len(), len);
    let Err(Unclaimed::NotYet(permit)) = app.both.claim(permit) else {
        panic!("it is not durable")
    };
    // What the store keeps goes before what it is given.
    let staged = app.store.stage(&mut app.both, 8, |both, out| {
        let permit = both.assign(0, batch, payload, now, out)?;
        let len = permit.len();
        Ok((permit, len))
    });
    let (second, len_of_second) = staged.unwrap();
    let refused = app.store.commit(&mut app.both, &records, now).unwrap_err();
    assert!(matches!(refused, StoreError::Refused(Refused::Unsynced)), "{refused}");
    let refused = app.store.flush(&mut app.both, now).unwrap_err();
    assert!(matches!(refused, StoreError::Refused(Refused::Unsynced)), "{refused}");
    assert!(len_of_second > 0);
    // Given up, both end as not written, and the journal goes on.
    app.both.lost(now);
    app.both.synced();
    assert_eq!(
        [app.both.claim(permit), app.both.claim(second)],
        [const { Err(Unclaimed::Void) }; 2]
    );
    let ended = [(); 2].map(|()| app.store.take_verdict(&mut app.both, 0, now).unwrap().unwrap());
    assert!(ended.iter().all(|ended| matches!(ended.verdict, Verdict::NotWritten(_))));
    // Not even the store keeps anything of them.
    let staged = app.store.stage(&mut app.both, 8, |both, out| {
        let permit = both.assign(0, batch, payload, now, out)?;
        let len = permit.len();
        Ok((permit, len))
    });
    app.store.flush(&mut app.both, now).unwrap();
    let attempt = app.both.claim(staged.unwrap().0).unwrap();
    assert!(attempt.stamp.identity.epoch > first.stamp.identity.epoch);
    drop(app);
    let opened = open_file(&temp.journal(), OPTIONS()).unwrap();
    assert_eq!((opened.tail, opened.journal.kept(0).unwrap().batches().count()), (Tail::Clean, 1));
}

/// Whatever waits for it, records that were given or staged, or a verdict: after a sync that failed
/// the journal is to be opened again, and that is what each call says.
#[test]
fn a_poisoned_journal_says_so_whatever_is_waiting() {
    let (temp, disk, now) = (Temp::new(), Model::default(), at(1));
    let two = || Options { slots: 2, ..OPTIONS() };
    let Opened { mut store, journal, .. } = open(|| disk.clone(), &temp.journal(), two()).unwrap();
    let mut both = Journaled::new(producer(2), journal).unwrap();
    store.compact(&mut both).unwrap();
    both.handle_identity(identity(7, 0)).unwrap();
    both.bind(0, topic(0), now).unwrap();
    both.bind(1, topic(1), now).unwrap();
    let batch = NewBatch { records: 1, max_timestamp: now, created: now };
    let payload = Payload { bytes: b"a batch", cursor: cursor(1) };
    let mut buffer = [0; 2048];
    // A verdict waits for the record that makes it durable.
    let permit = both.assign(0, batch, payload, now, &mut buffer).unwrap();
    store.commit(&mut both, &buffer[..permit.len()], now).unwrap();
    let attempt = both.claim(permit).unwrap();
    both.handle_response(attempt, Answer::NotSent, now).unwrap();
    both.give_up(0, attempt.batch, now).unwrap();
    assert!(both.needs_trim(0));
    // Records of another partition wait behind a sync that failed.
    let permit = both.assign(1, batch, payload, now, &mut buffer).unwrap();
    let records = &buffer[..permit.len()];
    let steps = disk.0.borrow().steps;
    disk.0.borrow_mut().fails = Some(steps + 1);
    let failed = store.commit(&mut both, records, now).unwrap_err();
    assert!(matches!(failed, StoreError::Poisoned { source: Some(_), .. }), "{failed}");
    assert_eq!(disk.0.borrow().steps, steps + 2, "it appended, and its sync failed");
    assert!(matches!(both.claim(permit), Err(Unclaimed::NotYet(_))));

    let says_so = |said: Result<(), StoreError>| {
        let said = said.unwrap_err();
        assert!(matches!(said, StoreError::Poisoned { source: None, .. }), "{said}");
        let sentence = said.to_string();
        assert!(sentence.contains("orders.journal: ") && sentence.ends_with("open it again"));
    };
    for given in [records, &records[1..], &[]] {
        says_so(store.commit(&mut both, given, now));
        says_so(store.append(given));
    }
    says_so(store.take_verdict(&mut both, 0, now).map(drop));
    says_so(store.flush(&mut both, now));
    let trimmed = store.stage(&mut both, 0, |both, out| Ok(((), both.trim(0, out)?)));
    assert!(trimmed.unwrap().1 > 0, "it is staged");
    says_so(store.take_verdict(&mut both, 0, now).map(drop));
    let assigned = store.stage(&mut both, payload.bytes.len(), |both, out| {
        Ok(((), both.assign(0, batch, payload, now, out)?.len()))
    });
    assert!(assigned.unwrap().1 > 0, "it is staged");
    says_so(store.flush(&mut both, now));
    says_so(store.compact(&mut both));
    assert_eq!(disk.0.borrow().steps, steps + 2, "the disk was left alone");
}

/// Set for a process that a test starts: this very program, with one test to run.
const CHILD: &str = "FENCEPOST_JOURNAL_CHILD";

fn child(test: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(CHILD, path);
    command
}

/// Does nothing but in a child.
#[test]
fn the_child_that_finds_the_journal_held() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    match Opened::<Folder, 8>::open(Path::new(&path), OPTIONS()) {
        Err(StoreError::Held { path }) => assert!(path.ends_with("orders.journal.lock")),
        other => panic!("it is not held: {other:?}"),
    }
}

/// J1: two processes, one journal.
#[test]
fn j1_a_second_process_does_not_get_the_journal() {
    let temp = Temp::new();
    let app = first_use(&temp.journal());
    let test = "the_child_that_finds_the_journal_held";
    let held = child(test, &temp.journal()).output().unwrap();
    assert!(held.status.success(), "{}", String::from_utf8_lossy(&held.stderr));
    drop(app);
    // Another test's child may have a copy of the lock for a moment.
    let free = (0..50).any(|_| !child(test, &temp.journal()).output().unwrap().status.success());
    assert!(free, "the lock goes with its holder");
}

/// Does nothing but in a child, whose files may have 4096 bytes.
#[test]
fn the_child_whose_disk_is_full() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let (path, mut log) = (PathBuf::from(path), Log::new());
    let mut app = first_use(&path);
    for _ in 0..100 {
        let len = app.store.len();
        let error = match app.send() {
            Ok(attempt) => {
                app.deliver(&mut log, attempt, true);
                continue;
            }
            Err(error) => error,
        };
        let StoreError::Io { doing, offset, .. } = &error else { panic!("{error}") };
        assert_eq!((*doing, *offset), ("appending", len), "{error}");
        assert_eq!(fs::metadata(&path).unwrap().len(), len, "the part is cut off again");
        assert!(app.both.producer().batches(0).all(|batch| batch.verdict.is_some()));
        // What is decided makes room.
        while app.both.take_verdict(0).is_some() {}
        app.store.compact(&mut app.both).unwrap();
        let attempt = app.send().unwrap();
        app.deliver(&mut log, attempt, true);
        let order: Vec<u64> = log.batches.iter().map(|batch| batch.payload).collect();
        assert_eq!(order, (0..app.next).collect::<Vec<_>>());
        println!("full");
        return;
    }
    panic!("the disk is not full");
}

#[cfg(unix)]
#[test]
fn on_a_full_disk_nothing_is_sent_and_the_part_is_cut_off() {
    let temp = Temp::new();
    let command = child("the_child_whose_disk_is_full", &temp.journal());
    // A signal would end it before it sees the error. Blocks have 512 or 1024 bytes.
    let full = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$@\"", "sh"])
        .arg(command.get_program())
        .args(command.get_args())
        .env(CHILD, temp.journal())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&full.stderr);
    assert!(full.status.success(), "{told}");
    assert!(String::from_utf8_lossy(&full.stdout).contains("full"), "{told}");
}

/// What is staged is read, committed and told as what was committed at once.
#[test]
fn j2_what_is_staged_waits_in_the_store_for_one_sync() {
    let temp = Temp::new();
    let opened = open_file(&temp.journal(), OPTIONS()).unwrap();
    let (mut store, now) = (opened.store, at(1));
    let mut both = Journaled::new(producer(1), opened.journal).unwrap();
    store.compact(&mut both).unwrap();
    both.handle_identity(identity(7, 0)).unwrap();
    both.bind(0, topic(0), now).unwrap();
    let before = store.len();
    let batch = NewBatch { records: 1, max_timestamp: now, created: now };
    let payload = Payload { bytes: b"a batch", cursor: cursor(3) };
    let staged = store.stage(&mut both, payload.bytes.len(), |both, out| {
        let permit = both.assign(0, batch, payload, now, out)?;
        let len = permit.len();
        Ok((permit, len))
    });
    let (permit, len) = staged.unwrap();
    assert_eq!(store.len(), before, "nothing is in the file yet");
    let kept = *both.journal().kept(0).unwrap().batches().next().unwrap();
    assert_eq!(store.bytes_at(kept.at, kept.len).unwrap(), b"a batch");
    let Err(Unclaimed::NotYet(permit)) = both.claim(permit) else { panic!("not durable") };
    // What is refused leaves nothing behind.
    let refused = store.stage(&mut both, 0, |both, out| Ok(((), both.trim(9, out)?)));
    assert!(refused.is_err());
    store.flush(&mut both, now).unwrap();
    assert_eq!(store.len(), before + u64::try_from(len).unwrap());
    assert_eq!(store.bytes_at(kept.at, kept.len).unwrap(), b"a batch");
    let attempt = both.claim(permit).unwrap();
    both.handle_response(attempt, Answer::NotSent, now).unwrap();
    both.give_up(0, attempt.batch, now).unwrap();
    // The record that it was not written is staged: hearing it commits that first.
    store.stage(&mut both, 0, |both, out| Ok(((), both.trim(0, out)?))).unwrap();
    assert!(both.take_verdict(0).is_none() && both.needs_trim(0));
    let ended = store.take_verdict(&mut both, 0, now).unwrap().unwrap();
    assert!(matches!(ended.verdict, Verdict::NotWritten(_)));
    drop((store, both));
    let again = open_file(&temp.journal(), OPTIONS()).unwrap();
    assert_eq!(again.journal.kept(0).unwrap().unwritten().len(), 1);
}
