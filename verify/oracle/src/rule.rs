//! Which rules did a run come by, and how often?

use fencepost::broker::{Profile, Reason};

macro_rules! rules {
    ($($name:ident $id:literal $text:literal,)*) => {
        /// Something the broker spec says, that a run should meet.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Rule { $($name,)* }

        /// Rule of `docs/rules.md`, and what was met of it.
        const NAMES: &[(Rule, &str, &str)] = &[$((Rule::$name, $id, $text),)*];
    };
}

rules! {
    Wrap "R3" "a sequence goes on from 2147483647 at 0",
    Validator "R17" "the validator refuses the batch",
    FullWindow "R21" "the window is full and forgets its oldest batch",
    Duplicate "R23" "a duplicate is answered with its first offset",
    StaleEpoch "R24" "an epoch is fenced",
    LowerEpoch "R24" "a replica takes a lower epoch",
    OutOfOrder "R25" "a sequence is out of order",
    NewEpochNotAtZero "R26" "a new epoch does not begin at 0",
    NewEpoch "R26" "a new epoch begins at 0",
    UnknownProducer "R27" "an unknown producer begins elsewhere than at 0",
    AboveVerified "R28" "a sequence above the lowest verified one",
    UnknownNotAtZero "R29" "a producer of transaction version 2 does not begin at 0",
    InsideTransaction "R31" "a write without the transactional bit inside a transaction",
    Opened "R32" "a transaction opens",
    CoordinatorFenced "R33" "a coordinator is fenced",
    Completes "R34" "a marker completes a transaction",
    NothingToComplete "R34" "a marker finds no transaction",
    MarkerNotAbove "R35" "a marker of transaction version 2 needs a higher epoch",
    MarkerEqual "R35" "such a marker comes again: the same epoch, nothing open",
    MarkerAbove "R35" "such a marker has a higher epoch",
    MarkerAtLastEpoch "R35" "such a marker at epoch 32767, with a transaction open",
    EmptyControl "R36" "a control batch without a record",
    Several "R37" "several batches are one append",
    SeveralRefused "R37" "several batches are refused as one",
    SkippedLeaderEpoch "R37" "a replica leaves out batches of a higher leader epoch",
    Aborted "R39" "an aborted transaction is indexed",
    Unstable "R40" "the last stable offset is below the high watermark",
    Replicated "R41" "a transaction becomes stable",
    Late "R42" "a transaction is late",
    Expired "R43" "a producer expires",
    GuardExpired "R43" "a verification expires",
    GuardNew "R44" "a verification begins",
    GuardSame "R44" "a verification is asked for again",
    GuardNotNeeded "R44" "nothing is to be verified: the transaction is open",
    NotVerified "R45" "a transactional write without its guard",
    GuardTaken "R45" "a guard lets a write in",
    GuardUsed "R46" "a transactional write ends a verification",
    GuardKept "R46" "a marker leaves the next transaction's verification alone",
    VerifyFenced "R47" "a verification is refused for its epoch",
    Untracked "R48" "a batch without a producer moves the map end",
    Snapshot "R49" "a snapshot is taken",
    Loaded "R50" "a snapshot is loaded",
    NotLoaded "R50" "there is no snapshot to load",
    LogStart "R51" "the log start moves up",
    TruncatedFully "R52" "the log begins anew",
    Collected "R58" "a reader is told of aborted transactions",
    IndexCut "R58" "aborted transactions are cut off their index",
    Replayed "R68" "a segment is replayed",
    ReplayLeftOut "R68" "replay is left out: nothing can come of it",
}

/// What a run meets only where a log is closed and opened: too rare to be asked for a hundred
/// times, at one restart in 2,000 operations.
const RARE: [(&str, &str); 7] = [
    ("R68", "a log is closed and opened"),
    ("R54", "a corrupt snapshot is passed over"),
    ("R56", "a stray snapshot is deleted"),
    ("R68", "a segment is recovered"),
    ("R68", "after a clean shutdown without snapshots nothing is read"),
    ("R68", "a log that can't be replayed is refused"),
    ("R68", "a log start above the log's end empties it"),
];

/// The rare ones, by their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rare {
    Restart,
    Corrupt,
    Stray,
    Recovered,
    NotRead,
    NotReplayed,
    StartAboveEnd,
}

/// How often each rule was met.
#[derive(Clone, Debug)]
pub struct Counts {
    rules: Vec<u64>,
    rare: Vec<u64>,
}

impl Default for Counts {
    fn default() -> Self {
        Self { rules: vec![0; NAMES.len()], rare: vec![0; RARE.len()] }
    }
}

impl Counts {
    pub(crate) fn hit(&mut self, rule: Rule) {
        self.rules[rule as usize] += 1;
    }

    pub(crate) fn hit_if(&mut self, met: bool, rule: Rule) {
        self.rules[rule as usize] += u64::from(met);
    }

    pub(crate) fn rare(&mut self, rule: Rare, times: usize) {
        self.rare[rule as usize] += times as u64;
    }

    pub(crate) fn refused(&mut self, reason: &Reason) {
        let rule = match reason {
            Reason::StaleEpoch { .. } => Rule::StaleEpoch,
            Reason::OutOfOrder { .. } => Rule::OutOfOrder,
            Reason::NewEpochNotAtZero { .. } => Rule::NewEpochNotAtZero,
            Reason::AboveVerified { .. } => Rule::AboveVerified,
            Reason::UnknownNotAtZero { .. } => Rule::UnknownNotAtZero,
            Reason::InsideTransaction { .. } => Rule::InsideTransaction,
            Reason::CoordinatorFenced { .. } => Rule::CoordinatorFenced,
            Reason::MarkerEpochNotAbove { .. } => Rule::MarkerNotAbove,
            Reason::NotVerified => Rule::NotVerified,
            // What memory or policy refuses has no counterpart in Kafka: the answers differ then.
            _ => return,
        };
        self.hit(rule);
    }

    /// Rule, what was met of it, how often; and whether it is one that every long run must meet.
    pub fn rows(
        &self,
        profile: Profile,
    ) -> impl Iterator<Item = (&'static str, &'static str, u64, bool)> + '_ {
        let rules = NAMES.iter().zip(&self.rules);
        let rules = rules.filter(move |((rule, ..), _)| rule.exists_in(profile));
        let rules = rules.map(|(&(_, id, text), &times)| (id, text, times, true));
        let rare =
            RARE.iter().zip(&self.rare).map(|(&(id, text), &times)| (id, text, times, false));
        rules.chain(rare)
    }
}

impl Rule {
    /// Whether the release has the rule at all.
    fn exists_in(self, profile: Profile) -> bool {
        match self {
            Self::GuardKept => profile >= Profile::Kafka4_0,
            Self::UnknownNotAtZero | Self::VerifyFenced => profile >= Profile::Kafka4_1,
            Self::MarkerNotAbove
            | Self::MarkerEqual
            | Self::MarkerAbove
            | Self::MarkerAtLastEpoch => profile >= Profile::Kafka4_2,
            _ => true,
        }
    }
}
