//! `sim [--worlds N] [--seed N] [--client ours|reference] [--world NAME] [--stop-after
//! N]`: many worlds, and what was wrong in them.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use fencepost_sim::{Outcome, Plan, Who, families, keep_panics, named, run, shorten};

const USAGE: &str = "sim [--worlds N] [--seed N] [--client ours|reference] [--world NAME]
    [--stop-after N]
  Runs N worlds (default 1000) of the seeds from N on (default 1), of all kinds or of the family
  that has a name, and judges what the producers told; ends early after N violations. A failing
  world is told with only the faults that it needs.
  Exit code: 0 no violation, 1 violations, 2 wrong arguments.";
/// Stories told at most.
const STORIES: u64 = 3;

struct Arguments {
    worlds: u64,
    seed: u64,
    who: Who,
    world: Option<String>,
    stop_after: u64,
}

fn number(name: &str, value: &str, least: u64) -> Result<u64, String> {
    let number = value.parse().ok().filter(|number| *number >= least);
    number.ok_or_else(|| format!("{name} {value}: not a whole number from {least} to {}", u64::MAX))
}

/// `None`: it is asked how to use this.
fn arguments(words: impl Iterator<Item = String>) -> Result<Option<Arguments>, String> {
    let mut all =
        Arguments { worlds: 1_000, seed: 1, who: Who::Ours, world: None, stop_after: u64::MAX };
    let mut words = words;
    while let Some(name) = words.next() {
        match name.as_str() {
            "--help" | "-h" => return Ok(None),
            "--worlds" | "--seed" | "--client" | "--world" | "--stop-after" => {}
            _ => return Err(format!("{name}: no such argument\n{USAGE}")),
        }
        let value = words.next().ok_or_else(|| format!("{name}: its value is missing\n{USAGE}"))?;
        match (name.as_str(), value.as_str()) {
            ("--worlds", value) => all.worlds = number(&name, value, 1)?,
            ("--seed", value) => all.seed = number(&name, value, 0)?,
            ("--stop-after", value) => all.stop_after = number(&name, value, 1)?,
            ("--client", "ours") => all.who = Who::Ours,
            ("--client", "reference") => all.who = Who::Reference,
            ("--client", other) => return Err(format!("--client {other}: ours or reference")),
            (_, world) if named(world).is_some() => all.world = Some(value),
            (_, other) => {
                let names: Vec<&str> = families().map(|family| family.name).collect();
                return Err(format!("--world {other}: none of {}", names.join(", ")));
            }
        }
    }
    Ok(Some(all))
}

/// The shortened story of a failing world, and how to see it again.
fn tell(plan: &Plan, who: Who, repeat: &str) {
    let client = if who == Who::Reference { " CLIENT=reference" } else { "" };
    let short = shorten(plan, who);
    let Outcome { violation, story, .. } = run(&short, who, true);
    println!("{:?}", short.shape);
    for (at, fault) in &short.faults {
        println!("fault at {at}: {fault:?}");
    }
    for line in story {
        println!("{line}");
    }
    if let Some(violation) = violation {
        println!("violation: {violation}");
    }
    println!("again: make -s sim {repeat}{client}\n");
}

fn main() -> ExitCode {
    let Arguments { mut worlds, seed, who, world, stop_after } =
        match arguments(std::env::args().skip(1)) {
            Ok(Some(arguments)) => arguments,
            Ok(None) => {
                println!("{USAGE}");
                return ExitCode::SUCCESS;
            }
            Err(why) => {
                eprintln!("sim: {why}");
                return ExitCode::from(2);
            }
        };
    keep_panics();
    let name = world.as_deref();
    let (mut faults, mut violations) = (0_u64, 0_u64);
    let (begun, mut shown) = (Instant::now(), Instant::now());
    for number in 0..worlds {
        let seed = seed.wrapping_add(number);
        let plan =
            name.and_then(named).map_or_else(|| Plan::drawn(seed), |family| family.plan(seed));
        let outcome = run(&plan, who, false);
        faults += u64::from(outcome.faults);
        if outcome.violation.is_some() {
            violations += 1;
            if violations <= STORIES {
                let seeded = format!("WORLDS=1 SEED={seed}");
                let of = name.map_or(String::new(), |name| format!(" WORLD={name}"));
                tell(&plan, who, &(seeded + &of));
            }
        }
        if violations >= stop_after {
            worlds = number + 1;
            break;
        }
        let long = begun.elapsed() > Duration::from_secs(2);
        if long && shown.elapsed() > Duration::from_secs(1) && std::io::stderr().is_terminal() {
            eprint!("\r{number} of {worlds} worlds, {violations} violations ");
            shown = Instant::now();
        }
    }
    if shown > begun + Duration::from_secs(1) {
        eprintln!();
    }
    println!("{worlds} worlds, {faults} faults, {violations} violations");
    ExitCode::from(u8::from(violations > 0))
}
