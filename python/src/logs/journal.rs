//! Which records are in this journal, and how does it end?

use fencepost::ids::Identity;
use fencepost::journal::{
    BatchRecord, Cursor, Outcomes, Read, Reader, Record, Settled, SplitRecord, Tail, Word,
};
use fencepost::producer::RestoredPartition;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

/// A journal file.
#[pyclass(frozen, get_all, module = "fencepost._fencepost")]
pub(crate) struct JournalFile {
    /// How often it was written anew; `None` for an empty file.
    turn: Option<u64>,
    /// The cluster's id.
    cluster: Option<Vec<u8>>,
    records: Vec<Py<JournalRow>>,
    /// How it ends: `clean`, `erased`, `torn`, or `damaged`.
    tail: &'static str,
    /// Where what ends it stands.
    end: u64,
    /// Why, unless it is clean.
    why: Option<String>,
}

/// A record of a journal.
#[pyclass(frozen, get_all, module = "fencepost._fencepost")]
pub(crate) struct JournalRow {
    /// Its first byte in the file.
    position: u64,
    /// `holder`, `identity`, `partition`, `batch`, `split`, `verdicts`, `bump`, `unwritten` or
    /// `complete`.
    kind: &'static str,
    /// The slot of the partition that it is of.
    slot: Option<u32>,
    producer_id: Option<i64>,
    producer_epoch: Option<i16>,
    /// What else it says, by name.
    fields: Py<PyDict>,
}

/// A row that is being filled.
struct Draft<'py> {
    kind: &'static str,
    slot: Option<u32>,
    identity: Option<Identity>,
    fields: Bound<'py, PyDict>,
}

impl<'py> Draft<'py> {
    fn put<T: IntoPyObject<'py>>(&self, name: &str, value: T) -> PyResult<()> {
        self.fields.set_item(name, value)
    }

    fn cursor(&self, name: &str, cursor: &Cursor) -> PyResult<()> {
        let bytes = (!cursor.is_none()).then(|| PyBytes::new(self.fields.py(), cursor.as_bytes()));
        self.put(name, bytes)
    }

    fn state(&mut self, state: &RestoredPartition) -> PyResult<()> {
        self.identity = Some(state.identity);
        self.put("next_sequence", state.next_sequence.get())?;
        self.put("last_acked", state.last_acked.map(|sequence| sequence.get()))?;
        self.put("last_acked_offset", state.last_acked_offset)?;
        self.put("first_use_offset", state.first_use_offset)?;
        self.put("newest_acked", state.newest_acked.map(|time| time.as_millis()))?;
        self.put("acked_ever", state.acked_ever)
    }

    fn batch(&mut self, batch: &BatchRecord<'_>) -> PyResult<()> {
        (self.slot, self.identity) = (Some(batch.slot), Some(batch.identity));
        self.put("base_sequence", batch.base_sequence.get())?;
        self.put("records", batch.records)?;
        self.put("carried", batch.carried)?;
        self.put("max_timestamp", batch.max_timestamp.as_millis())?;
        self.put("first_sent", batch.first_sent.as_millis())?;
        self.put("size_in_bytes", batch.bytes.len())?;
        self.cursor("cursor", &batch.cursor)
    }

    fn split(&mut self, split: &SplitRecord<'_>) -> PyResult<()> {
        (self.slot, self.identity) = (Some(split.slot), Some(split.identity));
        self.put("base_sequence", split.base_sequence.get())?;
        self.put("first_records", split.first_records)?;
        self.put("first_size_in_bytes", split.first.len())?;
        self.put("second_size_in_bytes", split.second.len())?;
        self.cursor("first_cursor", &split.first_cursor)
    }

    fn settled(&mut self, settled: &Settled<'_>) -> PyResult<()> {
        self.slot = Some(settled.slot);
        self.state(&settled.state)?;
        self.put("verdicts", verdicts(settled.outcomes))
    }

    fn fill(&mut self, record: &Record<'_>) -> PyResult<()> {
        match record {
            Record::Holder { generation, place } => {
                self.put("generation", generation)?;
                self.put("place", hex(place))
            }
            Record::Identity(identity) => {
                self.identity = Some(*identity);
                Ok(())
            }
            Record::Partition { slot, of, state, cursor } => {
                self.slot = Some(*slot);
                self.put("topic_id", hex(&of.topic_id))?;
                self.put("partition", of.partition)?;
                self.state(state)?;
                self.cursor("cursor", cursor)
            }
            Record::Unwritten { slot, unwritten } => {
                self.slot = Some(*slot);
                self.put("word", word(unwritten.word))?;
                self.cursor("cursor", &unwritten.cursor)
            }
            Record::Batch(batch) => self.batch(batch),
            Record::Split(split) => self.split(split),
            Record::Verdicts(settled) | Record::Bump(settled) => self.settled(settled),
            Record::Complete => Ok(()),
        }
    }
}

impl JournalRow {
    fn of(py: Python<'_>, position: u64, record: &Record<'_>) -> PyResult<Self> {
        let kind = match record {
            Record::Holder { .. } => "holder",
            Record::Identity(_) => "identity",
            Record::Partition { .. } => "partition",
            Record::Batch(_) => "batch",
            Record::Split(_) => "split",
            Record::Verdicts(_) => "verdicts",
            Record::Bump(_) => "bump",
            Record::Unwritten { .. } => "unwritten",
            Record::Complete => "complete",
        };
        let mut draft = Draft { kind, slot: None, identity: None, fields: PyDict::new(py) };
        draft.fill(record)?;
        Ok(Self {
            position,
            kind: draft.kind,
            slot: draft.slot,
            producer_id: draft.identity.map(|identity| identity.id.get()),
            producer_epoch: draft.identity.map(|identity| identity.epoch.get()),
            fields: draft.fields.unbind(),
        })
    }
}

const fn word(word: Word) -> &'static str {
    match word {
        Word::Written => "written",
        Word::NotWritten => "not_written",
        Word::PossiblyWritten => "possibly_written",
    }
}

fn verdicts(outcomes: Outcomes<'_>) -> Vec<(i32, &'static str)> {
    outcomes.iter().map(|outcome| (outcome.base_sequence.get(), word(outcome.word))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a producer's journal to its end, or up to what can't be read.
#[pyfunction]
pub(crate) fn inspect_journal(py: Python<'_>, data: &[u8]) -> PyResult<JournalFile> {
    // No record is longer than the file.
    let mut reader = Reader::new(u32::try_from(data.len()).unwrap_or(u32::MAX));
    let (mut header, mut records) = (None, Vec::new());
    let (tail, end, why) = loop {
        let from = usize::try_from(reader.offset()).unwrap_or(usize::MAX);
        match reader.read(data.get(from..).unwrap_or_default(), true) {
            Ok(Read::Header(read)) => header = Some(read),
            Ok(Read::Record { offset, record }) => {
                records.push(Py::new(py, JournalRow::of(py, offset, &record)?)?);
            }
            // All bytes are there, so none are asked for.
            Ok(Read::More(_)) | Ok(Read::End(Tail::Clean)) => break ("clean", reader.end(), None),
            Ok(Read::End(Tail::Erased)) => {
                break ("erased", reader.end(), Some("erased memory follows".to_owned()));
            }
            Ok(Read::End(Tail::Torn(reason))) => {
                break ("torn", reader.end(), Some(reason.to_string()));
            }
            Err(damage) => break ("damaged", damage.offset, Some(damage.to_string())),
        }
    };
    Ok(JournalFile {
        turn: header.map(|header| header.turn),
        cluster: header.map(|header| header.cluster.as_bytes().to_vec()),
        records,
        tail,
        end,
        why,
    })
}
