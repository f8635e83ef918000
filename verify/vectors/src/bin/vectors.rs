//! Does a subject answer the vectors of a file as wanted?
use std::env;
use std::io;
use std::process::ExitCode;

fn main() -> io::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let mut err = io::stderr().lock();
    fencepost_vectors::cli::vectors(env::args().skip(1), &mut out, &mut err).map(ExitCode::from)
}
