//! Which digest does a subject reach in the long run of broker spec 9.5?
use std::env;
use std::io;
use std::process::ExitCode;

fn main() -> io::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let mut err = io::stderr().lock();
    fencepost_vectors::cli::digest(env::args().skip(1), &mut out, &mut err).map(ExitCode::from)
}
