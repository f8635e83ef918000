//! The two programs as processes: whatever becomes of their output, the exit code tells.

use std::process::{Command, Stdio};

const DIGEST: &str = env!("CARGO_BIN_EXE_digest");

#[test]
fn output_that_nobody_takes_is_neither_a_difference_nor_a_success() {
    // More than any pipe holds, so the program is still writing when the reader goes.
    let mut digest = Command::new(DIGEST)
        .args(["--seed", "1", "--steps", "20000", "--lines", "20000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(digest.stdout.take());
    let ended = digest.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
    assert!(ended.stderr.is_empty(), "{}", String::from_utf8_lossy(&ended.stderr));
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_no_text_is_unusable() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    for program in [DIGEST, env!("CARGO_BIN_EXE_vectors")] {
        let ended = Command::new(program).arg(OsStr::from_bytes(b"\xff")).output().unwrap();
        assert_eq!(ended.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&ended.stderr).starts_with("unknown argument"));
    }
}
