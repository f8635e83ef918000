//! Where a finding is, and what each producer did: told as the log goes by.

use std::ops::ControlFlow;
use std::path::Path;

use fencepost::audit::Finding;
use fencepost::broker::Batch;
use fencepost_replay::{
    Folder, Followed, Notebook, Options, Place, Replay, ReplayError, RunKind, Witness, examine,
    examine_before,
};

fn folder(name: &str) -> Folder {
    Folder::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name)).unwrap()
}

#[test]
fn a_finding_is_placed_at_the_first_byte_of_its_batch() {
    let folder = folder("data-restart/restarted-0");
    let mut notebook = Notebook::new(Followed::None, 0);
    let report = examine_before(&folder, Options::default(), true, &mut notebook).unwrap();
    assert_eq!(report.findings, examine(&folder, Options::default()).unwrap().findings);
    assert_eq!(report.findings.len(), 7);
    let log = std::fs::read(&folder.segments[0].1).unwrap();
    for (finding, place) in notebook.located(&report.findings) {
        let place = place.unwrap();
        let at = usize::try_from(place.position).unwrap();
        let offset = i64::from_be_bytes(log[at..at + 8].try_into().unwrap());
        assert_eq!(offset, finding.offset);
        assert_eq!(place.file(&folder), "00000000000000000000.log");
    }
}

#[test]
fn an_open_transaction_is_placed_at_its_first_batch() {
    let folder = folder("data/txn-open-0");
    let mut notebook = Notebook::new(Followed::None, 0);
    let report = examine_before(&folder, Options::default(), true, &mut notebook).unwrap();
    let open: Vec<_> = notebook
        .located(&report.findings)
        .filter(|(finding, _)| finding.kind.name() == "transaction_left_open")
        .map(|(_, place)| place)
        .collect();
    assert!(!open.is_empty() && open.iter().all(Option::is_some), "{open:?}");
}

#[test]
fn runs_go_on_while_sequences_do_and_end_with_the_epoch() {
    let folder = folder("data-restart/restarted-0");
    let mut notebook = Notebook::new(Followed::All, 100);
    examine_before(&folder, Options::default(), false, &mut notebook).unwrap();
    let runs: Vec<_> = notebook.runs()[&1]
        .iter()
        .map(|run| (run.producer_epoch, run.first_sequence, run.last_sequence, run.batches))
        .collect();
    // Five batches, and under the next epoch each of them again: five findings, five runs.
    assert_eq!(runs[0], (0, 0, 4, 5));
    assert_eq!(runs.len(), 6);
    assert_eq!(runs[5], (1, 4, 4, 1));
    assert_eq!(notebook.batches_left_out(), 0);
}

#[test]
fn markers_are_runs_of_their_own_and_others_are_not_followed() {
    let folder = folder("data/txn-0");
    let mut all = Notebook::new(Followed::All, 1000);
    examine_before(&folder, Options::default(), false, &mut all).unwrap();
    let kinds: Vec<RunKind> = all.runs().values().flatten().map(|run| run.kind).collect();
    assert!(kinds.contains(&RunKind::Commit) && kinds.contains(&RunKind::Abort));
    let id = *all.runs().keys().next().unwrap();
    let mut one = Notebook::new(Followed::Only([id].into()), 2);
    examine_before(&folder, Options::default(), false, &mut one).unwrap();
    assert_eq!(one.runs().keys().collect::<Vec<_>>(), [&id]);
    assert_eq!(one.runs()[&id], all.runs()[&id][..2]);
    let left_out: u64 = all.runs()[&id][2..].iter().map(|run| run.batches).sum();
    assert_eq!(one.batches_left_out(), left_out);
}

/// Ends the replay with the third batch.
struct Impatient(u32);

impl Witness for Impatient {
    fn see(&mut self, _: Place, _: usize, _: &Batch, _: &[Finding]) -> ControlFlow<()> {
        self.0 += 1;
        if self.0 < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

#[test]
fn a_witness_can_end_the_replay() {
    let folder = folder("data/txn-0");
    let mut replay = Replay::new(&folder, Options::default()).unwrap();
    let mut witness = Impatient(0);
    let ended = replay.advance_before(i64::MAX, &mut witness);
    assert!(matches!(ended, Err(ReplayError::Stopped)), "{ended:?}");
    assert_eq!(witness.0, 3);
}

/// Ends a replay where no batch is shown, after so many questions.
struct Asked(u32);

impl Witness for Asked {
    fn see(&mut self, _: Place, _: usize, _: &Batch, _: &[Finding]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn goes_on(&mut self) -> ControlFlow<()> {
        let Some(left) = self.0.checked_sub(1) else { return ControlFlow::Break(()) };
        self.0 = left;
        ControlFlow::Continue(())
    }
}

#[test]
fn a_witness_ends_a_replay_while_a_file_is_read_and_while_it_is_applied() {
    let folder = folder("data-restart/restarted-0");
    let stopped = |questions| {
        let done = examine_before(&folder, Options::default(), false, &mut Asked(questions));
        matches!(done, Err(ReplayError::Stopped))
    };
    // Before the file, behind its only piece, and before what was seen in it is applied.
    assert_eq!([0, 1, 2].map(stopped), [true; 3]);
    assert!(!stopped(100));
}
