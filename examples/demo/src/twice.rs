//! Is a client that wrote everything twice found out, by what Kafka kept of it?

use std::io::{self, Write};

use fencepost::audit::{Finding, FindingKind, Severity};
use fencepost_replay::Report;

use crate::paint::Paint;

/// What the recording holds in each partition: five batches, in flight when the answers were lost.
const IN_FLIGHT: usize = 5;

/// What happened, before the partitions are shown.
pub(crate) fn write_title(out: &mut impl Write, paint: Paint) -> io::Result<()> {
    writeln!(out, "\n{}", paint.title("A log on which a client wrote everything twice"))?;
    for line in [
        "Recorded from Kafka: five batches are written, their answers are lost, and the broker",
        "restarts. It remembers one batch, refuses the first retry, and the client begins anew in",
        "epoch 1, with all five. It reports five successes.",
    ] {
        writeln!(out, "  {line}")?;
    }
    writeln!(out)
}

/// Whether that was found, after the partitions are shown.
pub(crate) fn write_verdict(
    out: &mut impl Write,
    paint: Paint,
    reports: &[Report],
) -> io::Result<()> {
    let copies: usize = reports.iter().map(|report| faults(report).count()).sum();
    let sum = match reports.iter().all(is_found) {
        true => paint.good(format!("{copies} second copies are on these logs; each is found")),
        false => paint.bad(format!("{copies} faults, not those that were recorded")),
    };
    writeln!(out, "{sum}")
}

/// Whether a report names each second copy that the recording holds, and no other fault.
pub(crate) fn is_found(report: &Report) -> bool {
    let is_copy = |finding: &Finding| matches!(finding.kind, FindingKind::WrittenTwice { .. });
    let copies = faults(report).filter(|finding| is_copy(finding)).count();
    copies == IN_FLIGHT && report.faults() == IN_FLIGHT && !report.differs()
}

fn faults(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().filter(|finding| finding.severity() == Severity::Fault)
}
