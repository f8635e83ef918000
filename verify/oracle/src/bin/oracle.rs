//! `oracle --ops N --profile 4.2 --seed N`: core and Kafka's classes side by side.

use std::process::ExitCode;
use std::time::Instant;

use fencepost_oracle::{Difference, Outcome, Plan, Release, run};

const USAGE: &str = "oracle [--ops N] [--profile 3.9|4.0|4.1|4.2] [--seed N] [--restart-every N]
  Does N random operations (default 100000) on fencepost's core and on the classes of the Kafka
  release that the profile names (default 4.2), and demands the same answers and state. One
  operation in 2000 closes and opens the log. Needs Java 17 and Maven.
  Exit code: 0 no difference, 1 a difference, 2 it could not be run.";

fn plan() -> Result<Plan, String> {
    let restart_every = Plan::RESTART_EVERY;
    let mut plan = Plan { operations: 100_000, release: Release::ALL[3], seed: 1, restart_every };
    let mut words = std::env::args().skip(1);
    while let Some(name) = words.next() {
        let value = words.next().ok_or(format!("{name} needs a value\n{USAGE}"))?;
        let number = || value.parse().map_err(|_| format!("{name} {value} is no number\n{USAGE}"));
        match name.as_str() {
            "--ops" => plan.operations = number()?,
            "--seed" => plan.seed = number()?,
            "--restart-every" => plan.restart_every = number()?,
            "--profile" => {
                let unknown = format!("there is no profile {value}\n{USAGE}");
                plan.release = Release::named(&value).ok_or(unknown)?;
            }
            _ => return Err(format!("{name} is not known\n{USAGE}")),
        }
    }
    Ok(plan)
}

fn main() -> ExitCode {
    let plan = match plan() {
        Ok(plan) => plan,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    let begun = Instant::now();
    match run(&plan) {
        Ok(outcome) => {
            print(&outcome, &plan, begun.elapsed().as_secs_f64());
            ExitCode::from(u8::from(outcome.difference.is_some()))
        }
        Err(why) => {
            eprintln!("the oracle could not be run: {why}");
            ExitCode::from(2)
        }
    }
}

fn print(outcome: &Outcome, plan: &Plan, seconds: f64) {
    let Plan { release, seed, .. } = plan;
    if let Some(difference) = &outcome.difference {
        print_difference(difference);
    }
    println!("profile {}, seed {seed}, {seconds:.1} s", release.name);
    println!("| rule | met | times |\n| --- | --- | ---: |");
    for (rule, text, times, _) in outcome.counts.rows(release.profile) {
        println!("| {rule} | {text} | {times} |");
    }
    println!("masked: guard cleared by a failed append: {}", outcome.masked);
    let differences = usize::from(outcome.difference.is_some());
    println!("{} operations, {differences} differences", outcome.operations);
}

fn print_difference(difference: &Difference) {
    match &difference.vector {
        Some(vector) => println!("as a vector:\n{vector}"),
        None => println!("after these operations:"),
    }
    for operation in &difference.operations {
        println!("  {operation}");
    }
    println!("core and Kafka say (only what differs):");
    let (core, kafka) = (difference.core.split(' '), difference.kafka.split(' '));
    if core.clone().count() == kafka.clone().count() {
        for (core, kafka) in core.zip(kafka).filter(|(core, kafka)| core != kafka) {
            println!("  core  {core}\n  Kafka {kafka}");
        }
    } else {
        println!("  core  {}\n  Kafka {}", difference.core, difference.kafka);
    }
}
