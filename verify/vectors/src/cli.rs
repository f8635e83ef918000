//! What do the two commands print, and with which exit code?

use std::env;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use crate::digest;
use crate::format;
use crate::runner::{self, Report};
use crate::subject::Profile;
use crate::subjects::{self, Create, SUBJECTS};

/// No differences.
pub const SAME: u8 = 0;
/// The subject differs from the vectors.
pub const DIFFERENT: u8 = 1;
/// The command line or a file can't be used, or the output can't be written.
pub const UNUSABLE: u8 = 2;

/// Runs a command on this process's command line and streams. Output that nobody takes is no
/// difference, and no success either.
pub fn main(
    command: fn(&mut dyn Iterator<Item = String>, &mut dyn Write, &mut dyn Write) -> io::Result<u8>,
) -> ExitCode {
    let mut args = env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned());
    let mut err = io::stderr().lock();
    let code = command(&mut args, &mut io::stdout().lock(), &mut err).unwrap_or_else(|error| {
        // Whoever reads has seen enough.
        if error.kind() != io::ErrorKind::BrokenPipe {
            // Nothing is left to do if not even this can be written.
            let _ = writeln!(err, "standard output: {error}");
        }
        UNUSABLE
    });
    ExitCode::from(code)
}

/// The command line, read.
struct Options {
    files: Vec<String>,
    profile: Profile,
    create: Create,
    seed: Option<u64>,
    steps: Option<u64>,
    lines: u64,
}

impl Options {
    fn parse(args: impl Iterator<Item = String>, allowed: &[&str]) -> Result<Self, String> {
        let mut options = Self {
            files: Vec::new(),
            profile: Profile::V4_2,
            create: SUBJECTS[0].1,
            seed: None,
            steps: None,
            lines: 0,
        };
        let mut args = args;
        while let Some(flag) = args.next() {
            if !allowed.contains(&flag.as_str()) {
                return Err(format!("unknown argument `{flag}`"));
            }
            let value = args.next().ok_or_else(|| format!("{flag} wants a value"))?;
            let number =
                || value.parse::<u64>().map_err(|_| format!("{flag}: `{value}` is no count"));
            match flag.as_str() {
                "--profile" => {
                    let profile = Profile::from_name(&value);
                    options.profile =
                        profile.ok_or_else(|| format!("unknown profile `{value}`"))?;
                }
                "--subject" => {
                    let create = subjects::by_name(&value);
                    options.create = create.ok_or_else(|| format!("unknown subject `{value}`"))?;
                }
                "--seed" => options.seed = Some(number()?),
                "--steps" => options.steps = Some(number()?),
                "--lines" => options.lines = number()?,
                _ => options.files.push(value),
            }
        }
        Ok(options)
    }
}

/// `vectors --file PATH [--file PATH]... [--profile P] [--subject S]`: prints each difference, then
/// the summary.
pub fn vectors(
    args: impl Iterator<Item = String>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let profiles = Profile::ALL.map(Profile::name).join("|");
    let usage = format!(
        "usage: vectors --file PATH [--file PATH]... [--profile {profiles}] [--subject {}]",
        subjects::names()
    );
    let options = match Options::parse(args, &["--file", "--profile", "--subject"]) {
        Ok(options) if !options.files.is_empty() => options,
        Ok(_) => return unusable(err, &format!("--file is missing; {usage}")),
        Err(why) => return unusable(err, &format!("{why}; {usage}")),
    };
    let mut total = Report::default();
    for file in &options.files {
        let vectors = match format::load(Path::new(file)) {
            Ok(vectors) => vectors,
            Err(error) => return unusable(err, &error.to_string()),
        };
        let report = runner::run(&vectors, options.profile, options.create);
        total.vectors += report.vectors;
        total.steps += report.steps;
        total.differences.extend(report.differences);
    }
    if total.vectors == 0 {
        let (files, profile) = (options.files.join(", "), options.profile.name());
        return unusable(err, &format!("{files}: no vector holds at profile {profile}"));
    }
    for difference in &total.differences {
        writeln!(out, "{difference}")?;
    }
    writeln!(out, "{total}")?;
    Ok(if total.differences.is_empty() { SAME } else { DIFFERENT })
}

/// `digest --seed N --steps N [--lines N] [--profile P] [--subject S]`: the digest is the last
/// line, the first `--lines` steps stand before it.
pub fn digest(
    args: impl Iterator<Item = String>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let profiles = Profile::ALL.map(Profile::name).join("|");
    let usage = format!(
        "usage: digest --seed N --steps N [--lines N] [--profile {profiles}] [--subject {}]",
        subjects::names()
    );
    let allowed = ["--seed", "--steps", "--lines", "--profile", "--subject"];
    let options = match Options::parse(args, &allowed) {
        Ok(options) => options,
        Err(why) => return unusable(err, &format!("{why}; {usage}")),
    };
    let (Some(seed), Some(steps)) = (options.seed, options.steps) else {
        return unusable(err, &format!("--seed and --steps are both needed; {usage}"));
    };
    let mut written = Ok(());
    let digest = digest::run(options.create, options.profile, seed, steps, &mut |lines| {
        if lines.step <= options.lines && written.is_ok() {
            written = writeln!(out, "{} {} {}", lines.step, lines.result, lines.state);
        }
    });
    written?;
    writeln!(out, "{digest:016x}")?;
    Ok(SAME)
}

fn unusable(err: &mut dyn Write, why: &str) -> io::Result<u8> {
    writeln!(err, "{why}")?;
    Ok(UNUSABLE)
}
