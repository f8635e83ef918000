//! Cuts a device's power at random, many times, and looks at the log.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write, stderr};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use fencepost_firmware::chip::Chip;
use fencepost_firmware::life::{End, Failure, World};

/// Runs a device in an emulator, cuts its power at random operations, and demands that the log has
/// every reading once, in order, under one producer id.
///
/// Example: examples/firmware/run.sh --cuts 20 --seed 7
#[derive(Debug, Parser)]
#[command(name = "firmware")]
struct Options {
    /// The device's image.
    #[arg(long)]
    image: PathBuf,
    /// How often the power is lost.
    #[arg(long, default_value_t = 200)]
    cuts: u32,
    /// What happens; the same seed makes the same happen.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Of a hundred answers so many are lost; as many requests; as often the broker restarts.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u8).range(..=90))]
    faults: u8,
    /// Operations that change something, until the power is lost at the latest.
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..))]
    longest: u32,
    /// Put in a new chip at every power loss: a device without a journal. It must end badly.
    #[arg(long)]
    forget: bool,
    /// Tell every power loss.
    #[arg(long, short)]
    verbose: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let mut world = World::new(options.seed, options.faults);
    match run(&options, &mut world) {
        Ok(places) => {
            report(&options, &world, &places);
            ExitCode::SUCCESS
        }
        Err((life, failure)) => {
            eprintln!("life {life} of seed {}: {failure}", options.seed);
            ExitCode::FAILURE
        }
    }
}

/// Where the power was lost, and how often.
type Places = BTreeMap<String, u32>;

fn run(options: &Options, world: &mut World) -> Result<Places, (u32, Failure)> {
    let mut places = Places::new();
    for life in 1..=options.cuts {
        let cut = world.random().u32(1..=options.longest);
        let end = world.live(&options.image, Some(cut)).map_err(|failure| (life, failure))?;
        let End::PowerLost(operation, place) = end else { continue };
        *places.entry(format!("{place:?}").to_lowercase()).or_default() += 1;
        if options.forget {
            world.chip = Chip::default();
        }
        let readings = world.cluster.readings();
        if options.verbose {
            println!(
                "{life:4}: power lost at operation {operation} ({place:?}), {readings} readings"
            );
        } else if stderr().is_terminal() {
            eprint!("\rpower lost {life} of {} times, {readings} readings ", options.cuts);
            let _shown = stderr().flush();
        }
    }
    world.close_the_meter();
    let last = world.live(&options.image, None);
    if !options.verbose && stderr().is_terminal() {
        eprintln!();
    }
    last.map_err(|failure| (options.cuts + 1, failure))?;
    Ok(places)
}

fn report(options: &Options, world: &World, places: &Places) {
    let (cluster, taken) = (&world.cluster, world.taken());
    let seen = cluster.seen;
    for (place, count) in places {
        println!("power lost {count:4} times: {place}");
    }
    println!(
        "the broker was restarted {} times, knew {} batches and refused {} for their sequence",
        seen.restarts, seen.duplicates, seen.out_of_order
    );
    if let Some((id, epoch)) = cluster.identity() {
        println!("the device is producer {id} since its first reading, in epoch {epoch}");
    }
    println!(
        "{} power losses, {taken} readings taken, {} on the log in {} batches: each once, in order",
        options.cuts,
        cluster.readings(),
        seen.batches
    );
}
