//! What does a partition folder hold? As text.

use std::io::{self, Write};

use fencepost::audit::Severity;
use fencepost_replay::{Folder, IndexCheck, Report, SnapshotCheck};

use crate::paint::{Paint, tame};

/// One partition: its producers, every finding, and whether Kafka's own files say the same.
pub(crate) fn write(
    out: &mut impl Write,
    paint: Paint,
    folder: &Folder,
    report: &Report,
) -> io::Result<()> {
    write!(out, "{}  ", paint.title(tame(&report.name)))?;
    writeln!(out, "{}", paint.dim(tame(folder.path.display())))?;
    let (segments, batches) = (count(report.segments, "segment"), report.batches);
    let batches = count(usize::try_from(batches).unwrap_or(usize::MAX), "batch");
    let (start, end) = (report.start, report.end);
    writeln!(out, "  {segments}, {batches}, {} bytes, offsets {start} to {end}", report.bytes)?;
    if let Some(offset) = report.began_with {
        writeln!(out, "  earlier segments are deleted: begun with Kafka's snapshot at {offset}")?;
    }
    write_producers(out, paint, report)?;
    for damage in &report.damage {
        let told = tame(damage);
        match damage.is_legacy() {
            true => writeln!(out, "  {}   {told}", paint.note("note"))?,
            false => writeln!(out, "  {}  {told}", paint.bad("fault"))?,
        }
    }
    for finding in &report.findings {
        match finding.severity() {
            Severity::Note => writeln!(out, "  {}   {finding}", paint.note("note"))?,
            Severity::Fault => writeln!(out, "  {}  {finding}", paint.bad("fault"))?,
        }
    }
    let entries: usize = report.snapshots.iter().map(entries).sum();
    let aborted: usize = report.indexes.iter().map(|check| check.entries).sum();
    writeln!(
        out,
        "  compared: {} with {}, {} with {}",
        count(report.snapshots.len(), "snapshot"),
        count(entries, "entry"),
        count(report.indexes.len(), "transaction index"),
        count(aborted, "aborted transaction"),
    )?;
    write_snapshots(out, paint, report)?;
    write_indexes(out, paint, report)?;
    writeln!(out)
}

fn write_producers(out: &mut impl Write, paint: Paint, report: &Report) -> io::Result<()> {
    if report.producers.is_empty() {
        return writeln!(out, "  no producer with an id");
    }
    let title = format!(
        "{:>12} {:>6} {:>11} {:>7} {:>8} {:>7} {:>8} {:>11} {:>12}",
        "producer",
        "epoch",
        "last seq",
        "window",
        "batches",
        "offsets",
        "markers",
        "coordinator",
        "open since"
    );
    writeln!(out, "  {}", paint.dim(title))?;
    for (producer, window) in &report.producers {
        let seen = report.seen.get(&producer.producer_id).copied().unwrap_or_default();
        writeln!(
            out,
            "  {:>12} {:>6} {:>11} {window:>7} {:>8} {:>7} {:>8} {:>11} {:>12}",
            producer.producer_id,
            or_none(producer.producer_epoch.into()),
            or_none(producer.last_sequence.into()),
            seen.batches,
            seen.records,
            seen.markers,
            or_none(producer.coordinator_epoch.into()),
            or_none(producer.current_txn_start_offset),
        )?;
    }
    Ok(())
}

fn write_snapshots(out: &mut impl Write, paint: Paint, report: &Report) -> io::Result<()> {
    const LINE: &str = "  equal to Kafka's own snapshot:";
    match report.equal_to_snapshots() {
        None => writeln!(out, "{LINE} {}", paint.note("no snapshot file"))?,
        Some(true) => writeln!(out, "{LINE} {}", paint.good("yes"))?,
        Some(false) => writeln!(out, "{LINE} {}", paint.bad("no"))?,
    }
    for check in &report.snapshots {
        let offset = check.offset;
        match &check.result {
            Err(error) => writeln!(out, "    {} at {offset}: {error}", paint.bad("corrupt"))?,
            Ok(comparison) => {
                for difference in &comparison.differences {
                    writeln!(out, "    {} at {offset}: {difference}", paint.bad("differs"))?;
                }
                for gone in &comparison.gone {
                    writeln!(out, "    {} at {offset}: {gone}", paint.dim("not compared"))?;
                }
                for id in &comparison.expired {
                    let why = "silent for so long that Kafka had let it expire";
                    writeln!(
                        out,
                        "    {} at {offset}: producer {id}: {why}",
                        paint.dim("not compared")
                    )?;
                }
            }
        }
    }
    Ok(())
}

fn entries(check: &SnapshotCheck) -> usize {
    check.result.as_ref().map_or(0, |comparison| comparison.entries)
}

fn write_indexes(out: &mut impl Write, paint: Paint, report: &Report) -> io::Result<()> {
    const LINE: &str = "  equal to Kafka's own transaction index:";
    match report.equal_to_indexes() {
        None => return Ok(()),
        Some(true) => writeln!(out, "{LINE} {}", paint.good("yes"))?,
        Some(false) => writeln!(out, "{LINE} {}", paint.bad("no"))?,
    }
    for IndexCheck { file, differences, corrupt, .. } in &report.indexes {
        let file = tame(file);
        for difference in differences {
            writeln!(out, "    {} {file}: {difference}", paint.bad("differs"))?;
        }
        if let Some(error) = corrupt {
            writeln!(out, "    {} {file}: {error}", paint.bad("corrupt"))?;
        }
    }
    Ok(())
}

/// One line on all partitions.
pub(crate) fn write_sum(out: &mut impl Write, paint: Paint, reports: &[Report]) -> io::Result<()> {
    let compared = reports.iter().filter(|r| r.equal_to_snapshots().is_some()).count();
    let equal = reports.iter().filter(|r| r.equal_to_snapshots() == Some(true)).count();
    let faults: usize = reports.iter().map(Report::faults).sum();
    let notes: usize = reports
        .iter()
        .map(|r| r.findings.iter().filter(|f| f.severity() == Severity::Note).count())
        .sum();
    let partitions = count(reports.len(), "partition");
    let (faults, notes) = (count(faults, "fault"), count(notes, "note"));
    let text = format!(
        "{partitions}: {equal} of {compared} equal to Kafka's own snapshots; {faults}, {notes}"
    );
    writeln!(out, "{}", paint.title(text))
}

fn or_none(number: i64) -> String {
    if number < 0 { String::from("-") } else { number.to_string() }
}

fn count(n: usize, what: &str) -> String {
    match (n, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (n, Some(stem)) => format!("{n} {stem}ies"),
        (n, None) if what.ends_with("ch") || what.ends_with('x') => format!("{n} {what}es"),
        (n, None) => format!("{n} {what}s"),
    }
}
