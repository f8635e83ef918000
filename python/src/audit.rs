//! What went wrong in a log?

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use fencepost::audit::{self, Settings, Severity, Trail, Writers};
use fencepost::broker::{self, Batch, IndexLine, OpenTransaction, Slot, VerificationEntry};
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyDict, PyTuple};

use crate::admit::Judged;
use crate::bytes::Source;
use crate::partition::{CompletedTransaction, ProducerState};
use crate::raise::{Facts, Scalar, error, wrong};
use crate::room::{Options, Room, to_usize};
use crate::segment::{Damage, Step, Walk, read};
use crate::snapshot;
use crate::value::{Many, value};
use crate::wire::EndTxnMarker;

value! {
    /// What is wrong at one place of a log, or explains it. `kind` is a name that does not change,
    /// `severity` is `fault` or `note`, `rule` a rule of `docs/rules.md`, `message` a sentence, and
    /// `facts` the numbers behind it, as pairs. `offset` is the batch's base offset, or where an
    /// open transaction begins.
    Finding, {
        offset: i64,
        producer_id: i64,
        producer_epoch: i16,
        kind: String,
        severity: String,
        rule: String,
        message: String,
        offsets_missing: bool,
        facts: Many<(String, Scalar)>,
    }

    /// One of the numbers, or `None` if this kind has no such number.
    fn fact(&self, name: &str) -> Option<Scalar> {
        self.facts.items().iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }
}

impl Finding {
    fn of(finding: &audit::Finding) -> Self {
        let severity = match finding.severity() {
            Severity::Fault => "fault",
            Severity::Note => "note",
        };
        Self {
            offset: finding.offset,
            producer_id: finding.producer_id,
            producer_epoch: finding.producer_epoch,
            kind: finding.kind.name().to_owned(),
            severity: severity.to_owned(),
            rule: finding.kind.rule().to_owned(),
            message: finding.to_string(),
            offsets_missing: finding.offsets_missing,
            facts: Many::of(Facts::of(&finding.kind).fields),
        }
    }
}

value! {
    /// What one batch gave.
    Observation, {
        findings: Many<Finding>,
        completed: Option<CompletedTransaction>,
    }
}

value! {
    /// What a segment gave: findings in order, the transactions that ended, what is damaged (it
    /// ended there, unless that was passed over), batches and bytes taken in, where the log ends.
    Scanned, {
        findings: Many<Finding>,
        completed: Many<CompletedTransaction>,
        damage: Many<Damage>,
        batches: u64,
        bytes: u64,
        end_offset: i64,
    }
}

value! {
    /// A run of batches of one producer and epoch whose sequences follow each other. Markers belong
    /// to the run before them.
    Run, {
        producer_id: i64,
        producer_epoch: i16,
        first_sequence: i32,
        last_sequence: i32,
        first_offset: i64,
        last_offset: i64,
        first_timestamp: i64,
        last_timestamp: i64,
        batches: u64,
        markers: u64,
    }
}

impl Run {
    fn begin(batch: &Batch) -> Self {
        let header = &batch.header;
        Self {
            producer_id: header.producer_id,
            producer_epoch: header.producer_epoch,
            first_sequence: header.base_sequence,
            last_sequence: header.last_sequence(),
            first_offset: header.base_offset,
            last_offset: header.last_offset(),
            first_timestamp: header.max_timestamp,
            last_timestamp: header.max_timestamp,
            batches: 0,
            markers: 0,
        }
    }

    /// Whether the batch belongs to the run, which then counts it.
    fn takes(&mut self, batch: &Batch) -> bool {
        let header = &batch.header;
        let is_data = batch.kind == broker::BatchKind::Data;
        let follows = fencepost::ids::raw::in_sequence(self.last_sequence, header.base_sequence);
        let is_first = self.batches == 0 && self.markers == 0;
        if !is_first && (header.producer_epoch != self.producer_epoch || is_data && !follows) {
            return false;
        }
        if is_data {
            self.batches += 1;
            self.last_sequence = header.last_sequence();
        } else {
            self.markers += 1;
        }
        self.last_offset = header.last_offset();
        self.last_timestamp = header.max_timestamp;
        true
    }
}

type Watch = audit::Audit<
    Vec<Slot>,
    Vec<IndexLine>,
    Vec<OpenTransaction>,
    Vec<VerificationEntry>,
    (),
    Vec<Trail>,
>;

struct Audited {
    audit: Watch,
    transactions: usize,
    runs: Option<Vec<Run>>,
    newest_run: HashMap<i64, usize>,
    end_offset: i64,
}

/// Holds the batches of one partition against what their producers wrote before them.
#[pyclass(frozen, module = "fencepost")]
pub(crate) struct Audit {
    state: Mutex<Audited>,
}

impl Audited {
    /// The core's audit, with room for whatever comes.
    fn observe(&mut self, batch: &Batch) -> PyResult<audit::Observation> {
        if batch.header.has_producer_id() {
            self.make_room()?;
            self.follow(batch);
        }
        let full = |e: audit::AuditFull| error("CapacityError", &e, None);
        let observed = self.audit.observe(batch).map_err(full)?;
        self.end_offset = batch.header.next_offset();
        Ok(observed)
    }

    fn make_room(&mut self) -> PyResult<()> {
        let partition = self.audit.partition_mut();
        let used =
            partition.ongoing_transactions().len() + partition.unreplicated_transactions().len();
        if used >= self.transactions {
            let len = self.transactions * 2;
            partition.grow_transactions(vec![OpenTransaction::EMPTY; len]).ok();
            self.transactions = len;
        }
        if partition.len() >= partition.capacity() {
            let len = to_usize(partition.capacity()) * 2;
            let index = vec![IndexLine::EMPTY; broker::index_lines(len)];
            if partition.grow(vec![Slot::EMPTY; len], index).is_err() {
                return Err(wrong("the audit can't grow"));
            }
            while self.audit.partition_mut().grow_step(u32::MAX).is_none() {}
            self.audit.move_trails(vec![Trail::EMPTY; len * 2]);
        }
        Ok(())
    }

    fn follow(&mut self, batch: &Batch) {
        let Some(runs) = &mut self.runs else { return };
        let id = batch.header.producer_id;
        let newest = self.newest_run.get(&id).and_then(|at| runs.get_mut(*at));
        if newest.is_some_and(|run| run.takes(batch)) {
            return;
        }
        let mut run = Run::begin(batch);
        run.takes(batch);
        self.newest_run.insert(id, runs.len());
        runs.push(run);
    }
}

impl Audit {
    fn lock(&self, py: Python<'_>) -> MutexGuard<'_, Audited> {
        self.state.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Audit {
    /// An audit that begins with nothing, or with a snapshot's producers. `writers` is `clients`,
    /// or `coordinator` for `__consumer_offsets`; `from_offset` is where the log is taken up;
    /// `runs` also keeps each producer's runs of sequences.
    #[new]
    #[pyo3(signature = (*, writers = "clients", expiration_ms = 86_400_000,
                        max_transaction_ms = 900_000, from_offset = 0, snapshot = None,
                        runs = false))]
    fn new(
        py: Python<'_>,
        writers: &str,
        expiration_ms: u32,
        max_transaction_ms: u32,
        from_offset: i64,
        snapshot: Option<Source>,
        runs: bool,
    ) -> PyResult<Self> {
        let writers = match writers {
            "clients" => Writers::Clients,
            "coordinator" => Writers::Coordinator,
            _ => {
                return Err(wrong(format!(
                    "writers is one of clients, coordinator, not {writers:?}"
                )));
            }
        };
        let config = broker::Config::kafka_4_2().seed(crate::room::random_seed(py)?);
        let mut room =
            Room::new(Options { capacity: None, config, expiration_ms, by_append_time: false })?;
        if let Some(snapshot) = snapshot {
            let read = snapshot.read(py, snapshot::read_slots)?;
            let (_, slots) = read.map_err(|e| snapshot::failed(&e))?;
            // The audit forgets nobody.
            room.load_any_age(&slots, from_offset)?;
        }
        let settings = Settings { writers, expiration_ms, max_transaction_ms, from_offset };
        let (partition, transactions) = room.into_parts();
        let trails = vec![Trail::EMPTY; to_usize(partition.capacity()) * 2];
        let audit = audit::Audit::new(partition, settings).with_trails(trails);
        let runs = runs.then(Vec::new);
        let newest_run = HashMap::new();
        let state = Audited { audit, transactions, runs, newest_run, end_offset: from_offset };
        Ok(Self { state: Mutex::new(state) })
    }

    /// Takes the next batch of the log: a whole one, or its header, and the marker in it if it
    /// ends a transaction.
    #[pyo3(signature = (batch, *, marker = None))]
    fn observe(
        &self,
        py: Python<'_>,
        batch: Judged<'_, '_>,
        marker: Option<&EndTxnMarker>,
    ) -> PyResult<Observation> {
        let batch = batch.read(marker, broker::Origin::Replication)?;
        let observed = self.lock(py).observe(&batch)?;
        Ok(Observation {
            findings: Many::of(observed.findings.iter().map(Finding::of).collect()),
            completed: observed.completed.as_ref().map(CompletedTransaction::of),
        })
    }

    /// Takes the batches of the log's next segment. `source` is a path or any bytes-like object.
    /// Every CRC is checked unless `verify` is false. A legacy batch is passed over; at any other
    /// damage it ends.
    #[pyo3(signature = (source, *, verify = true))]
    fn scan(&self, py: Python<'_>, source: Source, verify: bool) -> PyResult<Scanned> {
        let (mut findings, mut completed, mut bad_marker) = (Vec::new(), Vec::new(), None);
        let (mut batches, mut bytes) = (0, 0);
        let mut walker = source.walker(py)?;
        let (damage, end_offset) = py.detach(|| {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let walk = Walk { verify, past_crc: false };
            let damage = walker.walk(walk, |position, view| {
                let batch = match read(position, view) {
                    Ok(batch) => batch,
                    Err(damage) => {
                        bad_marker = Some(damage);
                        return Step::Stop;
                    }
                };
                let observed = match state.observe(&batch) {
                    Ok(observed) => observed,
                    Err(error) => return Step::Failed(error),
                };
                findings.extend(observed.findings.iter().map(Finding::of));
                completed.extend(observed.completed.as_ref().map(CompletedTransaction::of));
                batches += 1;
                bytes += view.size_in_bytes() as u64;
                Step::On
            });
            damage.map(|damage| (damage, state.end_offset)).map_err(|s| source.stopped(s))
        })?;
        Ok(Scanned {
            findings: Many::of(findings),
            completed: Many::of(completed),
            damage: Many::of(damage.into_iter().chain(bad_marker).collect()),
            batches,
            bytes,
            end_offset,
        })
    }

    /// The transactions that are open where the log ends. One is a fault if it is late.
    fn left_open(&self, py: Python<'_>) -> Many<Finding> {
        Many::of(self.lock(py).audit.left_open().map(|finding| Finding::of(&finding)).collect())
    }

    /// The runs of sequences in order of their first batches, if they are kept.
    fn runs(&self, py: Python<'_>) -> Many<Run> {
        Many::of(self.lock(py).runs.clone().unwrap_or_default())
    }

    /// What a leader that forgets nothing would know of every producer, in no particular order.
    fn producers(&self, py: Python<'_>) -> Vec<ProducerState> {
        self.lock(py).audit.partition().producers().map(ProducerState::of).collect()
    }

    /// The offset after the last batch taken.
    #[getter]
    fn end_offset(&self, py: Python<'_>) -> i64 {
        self.lock(py).end_offset
    }
}
