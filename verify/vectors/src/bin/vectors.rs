//! Does a subject answer the vectors of a file as wanted?
use std::process::ExitCode;

use fencepost_vectors::cli;

fn main() -> ExitCode {
    cli::main(|args, out, err| cli::vectors(args, out, err))
}
