//! Which snapshot files are taken, loaded, kept and deleted? (broker spec 5.7 to 5.9, 6.4)

use std::collections::BTreeMap;

use crate::manager::Manager;
use crate::profile::Refusal;
use crate::snapshot_file;

/// A partition directory: file name to content.
pub type Directory = BTreeMap<String, Vec<u8>>;

const SUFFIX: &str = ".snapshot";

/// The name of the snapshot at `offset`: 20 digits, zero-padded, then `.snapshot` (6.4).
#[must_use]
pub fn snapshot_file_name(offset: i64) -> String {
    let sign = if offset < 0 { "-" } else { "" };
    format!("{sign}{:020}{SUFFIX}", offset.unsigned_abs())
}

/// The snapshots in `directory` by offset; a name whose offset can't be read makes the load fail
/// (6.4).
pub(crate) fn list(directory: &Directory) -> Result<BTreeMap<i64, String>, Refusal> {
    let mut found = BTreeMap::new();
    for name in directory.keys().filter(|name| name.ends_with(SUFFIX)) {
        let offset = name.split('.').next().and_then(|digits| digits.parse().ok());
        let offset = offset.ok_or(Refusal::Internal("a snapshot name without an offset"))?;
        found.insert(offset, name.clone());
    }
    Ok(found)
}

impl Manager {
    /// Writes all producers if the map end has passed the last snapshot; returns the offset taken
    /// (5.7).
    pub fn take_snapshot(&mut self, directory: &mut Directory) -> Option<i64> {
        if self.map_end <= self.last_snap {
            return None;
        }
        let name = snapshot_file_name(self.map_end);
        directory.insert(name.clone(), snapshot_file::encode(self.producers.values()));
        self.snapshots.insert(self.map_end, name);
        self.last_snap = self.map_end;
        Some(self.map_end)
    }

    /// Brings the state back to a snapshot at or below `log_end`, unless it is there already (5.8).
    pub fn truncate_and_reload(
        &mut self,
        directory: &mut Directory,
        log_start: i64,
        log_end: i64,
        now: i64,
    ) -> Result<(), Refusal> {
        self.delete_snapshots(directory, |offset| offset > log_end || offset <= log_start);
        if log_end == self.map_end {
            self.on_log_start_offset_incremented(log_start);
            return Ok(());
        }
        self.clear_producers();
        self.load_newest(directory, log_start, now)
    }

    fn load_newest(
        &mut self,
        directory: &mut Directory,
        log_start: i64,
        now: i64,
    ) -> Result<(), Refusal> {
        while let Some((offset, name)) = self.snapshots.last_key_value() {
            let (offset, name) = (*offset, name.clone());
            let bytes = directory.get(&name).ok_or(Refusal::Internal("a snapshot is missing"))?;
            let Ok(entries) = snapshot_file::decode(bytes) else {
                self.snapshots.remove(&offset);
                directory.remove(&name);
                continue;
            };
            let limit = self.config.expiration_ms;
            for entry in entries.into_iter().filter(|entry| !entry.is_expired(now, limit)) {
                if let Some(first_offset) = entry.current_txn_first_offset {
                    self.ongoing.insert(first_offset, entry.producer_id);
                }
                self.producers.insert(entry.producer_id, entry);
            }
            self.map_end = offset;
            self.last_snap = offset;
            self.recompute_oldest();
            return Ok(());
        }
        self.map_end = log_start;
        self.last_snap = log_start;
        Ok(())
    }

    /// Follows a raised log start; producers and open transactions stay (5.8).
    pub fn on_log_start_offset_incremented(&mut self, log_start: i64) {
        self.unreplicated.retain(|_, ended| ended.last_offset >= log_start);
        self.map_end = self.map_end.max(log_start);
        self.last_snap = self.snapshots.keys().next_back().copied().unwrap_or(log_start);
    }

    /// Forgets everything but verification entries, and deletes all registered snapshots (5.8).
    pub fn truncate_fully_and_start_at(&mut self, directory: &mut Directory, offset: i64) {
        self.clear_producers();
        self.delete_snapshots(directory, |_| true);
        self.last_snap = 0;
        self.map_end = offset;
    }

    /// Starts over at 0 with whatever snapshots the directory then holds (5.8).
    pub fn truncate_fully_and_reload_snapshots(
        &mut self,
        directory: &mut Directory,
    ) -> Result<(), Refusal> {
        self.truncate_fully_and_start_at(directory, 0);
        self.snapshots = list(directory)?;
        Ok(())
    }

    /// Deletes registered snapshots with `0 <= offset < before` (5.8).
    pub fn delete_snapshots_before(&mut self, directory: &mut Directory, before: i64) {
        self.delete_snapshots(directory, |offset| 0 <= offset && offset < before);
    }

    /// Unregisters the snapshot of a deleted segment and renames its file; returns the new name
    /// (5.8).
    pub fn remove_and_mark(&mut self, directory: &mut Directory, offset: i64) -> Option<String> {
        let name = self.snapshots.remove(&offset)?;
        let bytes = directory.remove(&name)?;
        let marked = format!("{name}.deleted");
        directory.insert(marked.clone(), bytes);
        Some(marked)
    }

    /// Lists the directory afresh and deletes the snapshots that belong to no segment (5.9).
    pub fn remove_stray_snapshots(
        &mut self,
        directory: &mut Directory,
        segment_bases: &[i64],
    ) -> Result<(), Refusal> {
        self.snapshots = list(directory)?;
        let strays: Vec<i64> =
            self.snapshots.keys().copied().filter(|at| !segment_bases.contains(at)).collect();
        let highest_stray = strays.iter().max().copied();
        let highest_base = segment_bases.iter().max().copied();
        let kept = match (highest_stray, highest_base) {
            (Some(stray), Some(base)) if stray < base => None,
            (stray, _) => stray,
        };
        self.delete_snapshots(directory, |at| strays.contains(&at) && Some(at) != kept);
        Ok(())
    }

    /// The newest registered snapshot's offset.
    #[must_use]
    pub fn latest_snapshot(&self) -> Option<i64> {
        self.snapshots.keys().next_back().copied()
    }

    /// The oldest registered snapshot's offset.
    #[must_use]
    pub fn oldest_snapshot(&self) -> Option<i64> {
        self.snapshots.keys().next().copied()
    }

    fn clear_producers(&mut self) {
        self.producers.clear();
        self.ongoing.clear();
        self.unreplicated.clear();
        self.recompute_oldest();
    }

    fn delete_snapshots(&mut self, directory: &mut Directory, doomed: impl Fn(i64) -> bool) {
        self.snapshots.retain(|offset, name| {
            let keep = !doomed(*offset);
            if !keep {
                directory.remove(name);
            }
            keep
        });
    }
}
