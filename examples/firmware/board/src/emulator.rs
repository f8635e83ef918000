//! How is the device's image run, listened to, and cut off?

use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use crate::request::MAX_BODY;

/// What runs the image.
pub const QEMU: &str = "qemu-system-arm";

/// Longer than this a device that is alive never is silent.
const PATIENCE: Duration = Duration::from_secs(60);

/// Something the device asks.
#[derive(Debug)]
pub struct Request {
    /// One of the kinds of [`crate::request`].
    pub kind: u8,
    /// As told there.
    pub body: Vec<u8>,
}

/// A device under power. Dropped, it loses it.
#[derive(Debug)]
pub struct Device {
    emulator: Child,
    to: ChildStdin,
    from: Receiver<io::Result<Request>>,
}

impl Device {
    /// Power on.
    ///
    /// # Errors
    /// If the emulator can't be started.
    pub fn start(image: &Path) -> io::Result<Self> {
        let mut emulator = Command::new(QEMU)
            .args(["-machine", "lm3s6965evb", "-cpu", "cortex-m3", "-display", "none"])
            .args(["-monitor", "none", "-serial", "none"])
            .args(["-semihosting-config", "enable=on,target=native", "-kernel"])
            .arg(image)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| io::Error::new(error.kind(), format!("{QEMU}: {error}")))?;
        let (Some(to), Some(from)) = (emulator.stdin.take(), emulator.stdout.take()) else {
            return Err(io::Error::other("the emulator has no pipes"));
        };
        let (give, take) = sync_channel(1);
        thread::spawn(move || {
            let mut from = BufReader::new(from);
            loop {
                let request = read(&mut from);
                let ends = request.is_err();
                if give.send(request).is_err() || ends {
                    return;
                }
            }
        });
        Ok(Self { emulator, to, from: take })
    }

    /// The next thing that it asks.
    ///
    /// # Errors
    /// If the device has ended, or is silent, or asks nonsense.
    pub fn request(&mut self) -> io::Result<Request> {
        let why = match self.from.recv_timeout(PATIENCE) {
            Ok(Ok(request)) => return Ok(request),
            Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => "it has ended".into(),
            Ok(Err(error)) => error.to_string(),
            Err(RecvTimeoutError::Timeout) => "it is silent".into(),
            Err(RecvTimeoutError::Disconnected) => "it has ended".into(),
        };
        Err(io::Error::other(format!("the device: {why}{}", self.last_words()?)))
    }

    /// What it, or the emulator, has complained of.
    fn last_words(&mut self) -> io::Result<String> {
        self.emulator.kill()?;
        let mut words = String::new();
        if let Some(mut from) = self.emulator.stderr.take() {
            from.read_to_string(&mut words)?;
        }
        // qemu says this of every board of this kind.
        let lines = words.lines().filter(|line| !line.starts_with("Timer with period zero"));
        Ok(lines.map(|line| format!("; {line}")).collect())
    }

    /// Answers it.
    ///
    /// # Errors
    /// If the device has ended.
    pub fn answer(&mut self, body: &[u8]) -> io::Result<()> {
        let len = u16::try_from(body.len()).map_err(io::Error::other)?;
        self.to.write_all(&[&len.to_be_bytes()[..], body].concat())?;
        self.to.flush()
    }
}

impl Drop for Device {
    /// Power off: between two instructions, without a word.
    fn drop(&mut self) {
        let _gone = self.emulator.kill();
        let _status = self.emulator.wait();
    }
}

fn read(from: &mut impl Read) -> io::Result<Request> {
    let mut head = [0; 3];
    from.read_exact(&mut head)?;
    let [kind, a, b] = head;
    let len = usize::from(u16::from_be_bytes([a, b]));
    if len > MAX_BODY {
        return Err(io::Error::other(format!("a request of {len} bytes")));
    }
    let mut body = vec![0; len];
    from.read_exact(&mut body)?;
    Ok(Request { kind, body })
}
