//! Which digest does a subject reach in the long run of broker spec 9.5?
use std::process::ExitCode;

use fencepost_vectors::cli;

fn main() -> ExitCode {
    cli::main(|args, out, err| cli::digest(args, out, err))
}
