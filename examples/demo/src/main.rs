//! Shows fencepost at work: on logs that a real Kafka wrote, then in stories of what gets lost.

mod broker;
mod check;
mod crash;
mod json;
mod paint;
mod process;
mod progress;
mod restart;
mod story;
mod twice;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use fencepost_replay::{Damage, Folder, Options, ReplayError, Report, examine, folders_below};

use paint::{Paint, tame};
use progress::Progress;

const AFTER_HELP: &str = "\
Example:
  fencepost-demo /var/lib/kafka/data/orders-0    one partition
  fencepost-demo --json /var/lib/kafka/data      every partition below, one JSON object a line

Files are only read; a copy of a folder does as well as the broker's own.

Exit status: 0 all is well; 1 a log has a fault or differs from Kafka's snapshot or index;
2 a path can't be read, or holds no partition.

The table: last seq is the newest sequence, window the batches remembered (at most 5), offsets the
records written here, coordinator the epoch of the last marker's coordinator, open since the first
offset of an open transaction.";

/// Replays Kafka partition folders, audits them, and compares with Kafka's own snapshots.
///
/// Without a folder: the logs in verify/fixtures, which a real Kafka wrote; then those on which a
/// client wrote everything twice; then the story of a write whose acknowledgement is lost, with and
/// without tracking; that of a producer that crashes in the middle of its retries, with a new id
/// and with its journal; and that of a broker that is restarted, with Kafka's client and with ours.
#[derive(Debug, Parser)]
#[command(name = "fencepost-demo", version, after_help = AFTER_HELP)]
struct Arguments {
    /// A partition folder, or a folder with partition folders below it.
    folder: Option<PathBuf>,
    /// One JSON object for each partition instead of text.
    #[arg(long)]
    json: bool,
    /// The brokers' producer.id.expiration.ms.
    #[arg(long, value_name = "MS", default_value_t = Options::default().expiration_ms)]
    expiration_ms: u32,
    /// The brokers' transaction.max.timeout.ms.
    #[arg(long, value_name = "MS", default_value_t = Options::default().max_transaction_ms)]
    max_transaction_ms: u32,
}

/// Why the demo can't go on.
#[derive(Debug)]
enum Failure {
    Replay(ReplayError),
    /// The one folder asked for holds no log of Kafka's, whatever its files are called.
    NoLog(PathBuf, Damage),
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<ReplayError> for Failure {
    fn from(error: ReplayError) -> Self {
        Self::Replay(error)
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments, &mut io::stdout().lock()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        // Whoever reads has seen enough.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(Failure::Output(error)) => fail(&format!("standard output: {error}")),
        Err(Failure::Replay(error)) => fail(&error.to_string()),
        Err(Failure::NoLog(path, damage)) => {
            fail(&format!("{}: not a Kafka log: {damage}", path.display()))
        }
    }
}

fn fail(why: &str) -> ExitCode {
    // Nothing is left to do if not even this can be written.
    let _ = writeln!(io::stderr(), "fencepost-demo: {}", tame(why));
    ExitCode::from(2)
}

/// All parts, or only the first if a folder is given. Gives whether all is well.
fn run(arguments: &Arguments, out: &mut impl Write) -> Result<bool, Failure> {
    let paint = if arguments.json { Paint::PLAIN } else { Paint::for_stdout() };
    let folders = match &arguments.folder {
        Some(folder) => folders_below(folder)?,
        None => fixtures(&["data", "data-tv1"])?,
    };
    let reports = show(arguments, paint, &folders, out)?;
    if !arguments.json {
        check::write_sum(out, paint, &reports)?;
    }
    let mut well = reports.iter().all(is_well);
    if arguments.folder.is_none() {
        if !arguments.json {
            twice::write_title(out, paint)?;
        }
        let reports = show(arguments, paint, &fixtures(&["data-restart"])?, out)?;
        // Here a fault is what is expected, and a missing one is not well.
        well &= reports.iter().all(twice::is_found);
        if !arguments.json {
            twice::write_verdict(out, paint, &reports)?;
            story::write(out, paint)?;
            crash::write(out, paint)?;
            restart::write(out, paint)?;
        }
    }
    out.flush()?;
    Ok(well)
}

/// Replays and shows each folder.
fn show(
    arguments: &Arguments,
    paint: Paint,
    folders: &[Folder],
    out: &mut impl Write,
) -> Result<Vec<Report>, Failure> {
    let options = Options {
        expiration_ms: arguments.expiration_ms,
        max_transaction_ms: arguments.max_transaction_ms,
        live: false,
    };
    let mut progress = Progress::new(folders.len());
    let mut reports = Vec::new();
    for folder in folders {
        progress.at(&folder.name);
        let report = examine(folder, options)?;
        progress.clear();
        if let (Some(damage), true) = (no_log(&report), folders.len() == 1) {
            return Err(Failure::NoLog(folder.path.clone(), damage.clone()));
        }
        if arguments.json {
            writeln!(out, "{}", json::report(folder, &report))?;
        } else {
            check::write(out, paint, folder, &report)?;
        }
        out.flush()?;
        reports.push(report);
    }
    Ok(reports)
}

fn is_well(report: &Report) -> bool {
    report.faults() == 0 && !report.differs()
}

/// The first bytes are no batch, and no other was found.
fn no_log(report: &Report) -> Option<&Damage> {
    let is_garbage = |damage: &&Damage| damage.position == 0 && damage.name() != "bad_crc";
    report.damage.first().filter(|_| report.batches == 0).filter(is_garbage)
}

/// The logs of these data sets, which a real Kafka wrote, in this repository.
fn fixtures(sets: &[&str]) -> Result<Vec<Folder>, ReplayError> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    let mut fixtures = workspace.unwrap_or(Path::new("")).join("verify/fixtures");
    if let Ok(here) = std::env::current_dir() {
        fixtures = fixtures.strip_prefix(here).map(Path::to_path_buf).unwrap_or(fixtures);
    }
    let mut folders = Vec::new();
    for set in sets {
        folders.extend(folders_below(&fixtures.join(set))?);
    }
    Ok(folders)
}
