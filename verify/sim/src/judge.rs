//! Was every word true, and is every record where it was said to be?

use std::collections::{BTreeMap, BTreeSet};

use fencepost::producer::{Fatal, Notice};

use crate::piece::{Entry, Piece, Word};
use crate::run::Tally;
use crate::topic::Topic;
use crate::world::{Who, World};

/// What was told wrongly, or done wrongly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation(pub String);

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// How often a record stands on the log of each incarnation of its topic, and whether it was lost.
#[derive(Clone, Copy, Debug, Default)]
struct Stands {
    at_once: u32,
    ever: u32,
    gone: bool,
}

impl World<'_> {
    /// The first thing that is wrong, after the run.
    ///
    /// # Errors
    /// The [`Violation`].
    pub fn judge(&self, came_to_an_end: bool) -> Result<(), Violation> {
        let stands = self.count();
        self.judge_words(&stands)?;
        self.judge_doubles(&stands)?;
        self.judge_order()?;
        self.judge_names()?;
        if let Some(piece) = self.undecided_in_calm.filter(|_| self.who == Who::Ours) {
            return Err(Violation(format!(
                "{piece:?} was not decided though all was calm for long"
            )));
        }
        if let (Who::Ours, Some((actor, partition, epoch))) = (self.who, self.bumped) {
            return Err(Violation(format!(
                "life {actor} went on under epoch {epoch} of partition {partition}, though fenced"
            )));
        }
        if self.trespassed {
            return Err(Violation("a journal was opened for another cluster".into()));
        }
        if let (Who::Ours, Some((actor, partition))) = (self.who, self.firsts.fooled) {
            return Err(Violation(format!(
                "life {actor} took a stranger's batch for its own on partition {partition}"
            )));
        }
        if !came_to_an_end {
            return Err(Violation(format!("somebody waits for ever: {}", self.who_waits())));
        }
        Ok(())
    }

    fn who_waits(&self) -> String {
        let (mut waits, batches) = (Vec::new(), self.plan.shape.batches);
        for (number, lineage) in self.lineages.iter().enumerate() {
            let client = &self.actors[lineage.actor].client;
            if !client.is_idle() {
                waits.push(format!("producer {number} has batches without a verdict"));
            } else if lineage.offered < batches && client.fatal().is_none() {
                let took = lineage.offered;
                waits.push(format!("producer {number} took {took} of {batches} batches"));
            }
        }
        waits.join("; ")
    }

    /// What became of the records.
    pub(crate) fn tally(&self) -> Tally {
        let once = |stands: &&Stands| (stands.at_once, stands.ever) == (1, 1);
        let written = self.words.iter().filter(|(_, word)| matches!(word, Word::Written(_)));
        let records = written.flat_map(|(piece, _)| {
            (piece.first..piece.end()).map(move |record| (piece.source, record))
        });
        Tally {
            taken: self.taken.values().map(|end| usize::try_from(*end).unwrap_or(0)).sum(),
            once: self.count().values().filter(once).count(),
            written: records.collect::<BTreeSet<_>>().len(),
        }
    }

    /// Up to where retention has taken a log away. Of a topic that is gone it is not known any
    /// more.
    fn deleted_below(&self, topic: &Topic, log: &[Entry]) -> i64 {
        let is_present = std::ptr::eq(log, topic.committed.as_slice());
        match (self.retention, is_present) {
            (false, _) => 0,
            (true, true) => topic.replicas[topic.leader].start,
            (true, false) => i64::MAX,
        }
    }

    fn count(&self) -> BTreeMap<(usize, i64), Stands> {
        let mut stands: BTreeMap<(usize, i64), Stands> = BTreeMap::new();
        let records = |entry: &Entry| {
            let Piece { source, first, .. } = entry.piece;
            (first..entry.piece.end()).map(move |record| (source, record))
        };
        for topic in &self.topics {
            for log in topic.earlier.iter().chain([&topic.committed]) {
                let mut here: BTreeMap<(usize, i64), u32> = BTreeMap::new();
                // What retention has deleted may come again: with it the broker may have forgotten
                // the producer, without a word (resolve spec, story 12).
                let deleted = self.deleted_below(topic, log);
                for entry in log {
                    for record in records(entry) {
                        let times = u32::from(entry.offset >= deleted);
                        *here.entry(record).or_default() += times;
                        stands.entry(record).or_default().ever += 1;
                    }
                }
                for (record, times) in here {
                    let all = stands.entry(record).or_default();
                    all.at_once = all.at_once.max(times);
                }
            }
            for record in topic.gone.iter().flat_map(records) {
                stands.entry(record).or_default().gone = true;
            }
        }
        stands
    }

    /// Two selves wrote under one identity (J1 was broken), and one of them was told so, or was
    /// ended before it could be, or they gave the same numbers to other records: what they have in
    /// common may be missing, doubled or out of order.
    fn is_excused(&self, source: usize) -> bool {
        let lineage = self.sources[source].lineage;
        let named = |actor: &crate::world::Actor| {
            let fatal =
                matches!(actor.client.fatal(), Some(Fatal::Fenced | Fatal::IdentityConflict));
            actor.lineage == lineage && (fatal || (actor.zombie && !actor.client.is_idle()))
        };
        let clash = !self.clashes.is_empty();
        self.lineages[lineage].haunted && (clash || self.actors.iter().any(named))
    }

    fn judge_words(&self, stands: &BTreeMap<(usize, i64), Stands>) -> Result<(), Violation> {
        for (piece, word) in &self.words {
            if self.is_excused(piece.source) {
                continue;
            }
            for record in piece.first..piece.end() {
                let found = stands.get(&(piece.source, record)).copied().unwrap_or_default();
                let right = match word {
                    Word::Written(_) => found.ever >= 1 || found.gone || self.unclean,
                    Word::NotWritten => found.ever == 0,
                    Word::Possibly(_) | Word::Failed => true,
                };
                if !right {
                    return Err(Violation(format!(
                        "record {record} of source {} stands {} times on the log, told: {word:?}",
                        piece.source, found.ever
                    )));
                }
            }
            self.judge_offset(piece, word)?;
        }
        Ok(())
    }

    fn judge_offset(&self, piece: &Piece, word: &Word) -> Result<(), Violation> {
        let Word::Written(Some(offset)) = word else { return Ok(()) };
        if self.who == Who::Reference || self.unclean {
            return Ok(());
        }
        let topic = &self.topics[self.sources[piece.source].partition];
        let logs = topic.earlier.iter().chain([&topic.committed, &topic.gone]);
        let there = logs.flatten().any(|entry| {
            let ahead = piece.first - entry.piece.first;
            entry.piece.source == piece.source
                && (0..i64::from(entry.piece.records)).contains(&ahead)
                && entry.offset + ahead * i64::from(piece.each) == *offset
        });
        if there {
            return Ok(());
        }
        Err(Violation(format!("{piece:?} does not stand at offset {offset}, as was told")))
    }

    fn judge_doubles(&self, stands: &BTreeMap<(usize, i64), Stands>) -> Result<(), Violation> {
        for ((source, record), found) in stands {
            if found.at_once > 1 && !self.is_excused(*source) {
                return Err(Violation(format!(
                    "record {record} of source {source} stands {} times on the log",
                    found.at_once
                )));
            }
        }
        if let Some((partition, numbers)) = self.clashes.first() {
            let haunted = self.lineages.iter().any(|lineage| lineage.haunted);
            if self.who == Who::Ours && !haunted {
                return Err(Violation(format!(
                    "numbers were given twice on partition {partition}: {numbers:?}"
                )));
            }
        }
        Ok(())
    }

    /// The records of a source stand in its order. What is possibly written may land late where
    /// the broker has forgotten its producer since, or where that has another id since.
    fn judge_order(&self) -> Result<(), Violation> {
        let vague = self.words.iter().filter(|(_, word)| matches!(word, Word::Possibly(_)));
        let vague: BTreeSet<(usize, i64)> =
            vague.map(|(piece, _)| (piece.source, piece.first)).collect();
        let counts = |entry: &Entry| {
            !self.forgot || !vague.contains(&(entry.piece.source, entry.piece.first))
        };
        for (partition, topic) in self.topics.iter().enumerate() {
            for log in topic.earlier.iter().chain([&topic.committed]) {
                let mut newest: BTreeMap<usize, (i64, i64)> = BTreeMap::new();
                let deleted = self.deleted_below(topic, log);
                for entry in log.iter().filter(|e| e.offset >= deleted && counts(e)) {
                    let Piece { source, first, .. } = entry.piece;
                    let id = entry.numbers.id;
                    let (before, of) = newest.get(&source).copied().unwrap_or((-1, id));
                    // No fence keeps it out where the epochs of its id were used up since.
                    if id != of && before >= first && vague.contains(&(source, first)) {
                        continue;
                    }
                    newest.insert(source, (first, id));
                    if before >= first && !self.is_excused(source) {
                        return Err(Violation(format!(
                            "partition {partition}: record {first} of source {source} stands \
                             behind a later one"
                        )));
                    }
                }
            }
        }
        Ok(())
    }

    /// Named outcomes come only where there is a reason for them.
    fn judge_names(&self) -> Result<(), Violation> {
        if self.who == Who::Reference {
            return Ok(());
        }
        // The leader's log may be behind: of yesterday, or after an unclean election. Where
        // sequences wrap it may be so by half of their circle, and is not told from ahead then.
        let lost = self.topics.iter().any(|topic| !topic.gone.is_empty());
        let behind = self.unclean || self.recreated || self.stale || lost;
        let far = self.plan.shape.wraps_in.is_some();
        for warned in &self.notices {
            let (lineage, notice) = (warned.lineage, &warned.notice);
            let haunted = self.lineages[lineage].haunted;
            let reason = match notice {
                Notice::StateLost => self.forgot || self.unclean,
                Notice::AckedLost { acknowledged, found } => {
                    let misled = self.was_misled(warned, acknowledged.get(), *found);
                    behind || (haunted && far) || misled
                }
                Notice::IdentityConflict { .. } => haunted || (behind && far),
                _ => false,
            };
            if !reason {
                return Err(Violation(format!(
                    "producer {lineage} warns without reason: {notice}"
                )));
            }
        }
        for actor in &self.actors {
            let reason = match actor.client.fatal() {
                Some(Fatal::Fenced) => self.lineages[actor.lineage].haunted,
                Some(Fatal::IdentityConflict) => {
                    self.lineages[actor.lineage].haunted || (behind && far)
                }
                _ => true,
            };
            if let (false, Some(fatal)) = (reason, actor.client.fatal()) {
                return Err(Violation(format!(
                    "producer {} ended for no reason: {fatal}",
                    actor.lineage
                )));
            }
        }
        Ok(())
    }
}
