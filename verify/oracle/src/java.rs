//! Where is a Java side? Builds it when its sources are newer, starts it, and talks to it in lines.

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::time::SystemTime;

/// Why there is no Kafka to be held against.
#[derive(Debug)]
pub enum KafkaError {
    /// A program is not installed.
    Missing(&'static str),
    /// Maven could not build the Java side.
    Build(String),
    /// The Java side does not answer.
    Talk(io::Error),
}

impl fmt::Display for KafkaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(program) => write!(f, "{program} is not installed"),
            Self::Build(why) => write!(f, "the Java side could not be built: {why}"),
            Self::Talk(error) => write!(f, "the Java side does not answer: {error}"),
        }
    }
}

impl std::error::Error for KafkaError {}

impl From<io::Error> for KafkaError {
    fn from(error: io::Error) -> Self {
        Self::Talk(error)
    }
}

/// Two builds at once would get into each other's way, in Maven's repository too.
static BUILDING: Mutex<()> = Mutex::new(());

/// What to build and to start.
#[derive(Debug)]
pub struct Side<'a> {
    /// The folder with the `pom.xml` to build.
    pub module: &'a Path,
    /// Files and folders besides the module's `src` and `pom.xml` that it is built of.
    pub sources: &'a [PathBuf],
    /// The class to start.
    pub main: &'a str,
    /// What to give it.
    pub arguments: &'a [&'a OsStr],
}

/// Java classes, in a process of their own.
#[derive(Debug)]
pub struct Java {
    process: Child,
    requests: Option<BufWriter<ChildStdin>>,
    answers: BufReader<ChildStdout>,
}

impl Java {
    /// Builds what must be built, and starts it.
    ///
    /// # Errors
    /// [`KafkaError`], if Java or Maven are missing or the build fails.
    pub fn start(side: &Side<'_>) -> Result<Self, KafkaError> {
        for program in ["java", "mvn"] {
            let mut asked = Command::new(program);
            asked.arg("-version").stdout(Stdio::null()).stderr(Stdio::null());
            if asked.status().is_err() {
                return Err(KafkaError::Missing(program));
            }
        }
        let target = side.module.join("target");
        let built = target.join("built");
        let building = BUILDING.lock();
        let mut sources = vec![side.module.join("src"), side.module.join("pom.xml")];
        sources.extend_from_slice(side.sources);
        if is_older(&built, &sources) {
            build(side.module)?;
            fs::write(&built, "")?;
        }
        drop(building);
        let jars = fs::read_to_string(target.join("classpath"))?;
        let mut process = Command::new("java")
            .args(["-Xmx512m", "-XX:+UseSerialGC", "-cp"])
            .arg(format!("{}:{}", target.join("classes").display(), jars.trim()))
            .arg(side.main)
            .args(side.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let piped = "both were asked for";
        let requests = Some(BufWriter::new(process.stdin.take().expect(piped)));
        let answers = BufReader::new(process.stdout.take().expect(piped));
        Ok(Self { process, requests, answers })
    }

    /// Sends every line before it reads the first answer. The lines of one call and their answers
    /// must fit the pipes' and Java's buffers, or both sides wait: so they go in parts.
    ///
    /// # Errors
    /// The process has ended, or its pipe is broken.
    pub fn ask<'a>(
        &mut self,
        lines: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<String>, KafkaError> {
        const PART_BYTES: usize = 24_000;
        let mut answers = Vec::new();
        let (mut open, mut bytes) = (0, 0);
        for line in lines {
            let requests = self.requests.as_mut().expect("it is open until it is dropped");
            requests.write_all(line.as_bytes())?;
            requests.write_all(b"\n")?;
            open += 1;
            bytes += line.len();
            if bytes >= PART_BYTES {
                self.read(open, &mut answers)?;
                (open, bytes) = (0, 0);
            }
        }
        self.read(open, &mut answers)?;
        Ok(answers)
    }

    fn read(&mut self, open: usize, answers: &mut Vec<String>) -> Result<(), KafkaError> {
        if let Some(requests) = &mut self.requests {
            requests.flush()?;
        }
        for _ in 0..open {
            let mut line = String::new();
            if self.answers.read_line(&mut line)? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
            line.truncate(line.trim_end().len());
            answers.push(line);
        }
        Ok(())
    }
}

impl Drop for Java {
    fn drop(&mut self) {
        // At the end of its input it deletes its files and ends.
        self.requests = None;
        drop(self.process.wait());
    }
}

fn build(module: &Path) -> Result<(), KafkaError> {
    eprintln!("building {} with Maven…", module.display());
    let maven = |offline: bool| {
        let mut command = Command::new("mvn");
        command.args(["-q", "-B"]).args(offline.then_some("-o")).arg("-f");
        command.arg(module.join("pom.xml")).arg("process-classes").output()
    };
    let offline = maven(true).map_err(KafkaError::Talk)?;
    if offline.status.success() {
        return Ok(());
    }
    let online = maven(false).map_err(KafkaError::Talk)?;
    if online.status.success() {
        return Ok(());
    }
    Err(KafkaError::Build(String::from_utf8_lossy(&online.stdout).trim().to_string()))
}

/// Whether the file is missing, or anything under the sources is newer.
fn is_older(built: &Path, sources: &[PathBuf]) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|data| data.modified());
    match modified(built) {
        Ok(built) => sources.iter().any(|source| newest(source) > built),
        Err(_) => true,
    }
}

fn newest(path: &Path) -> SystemTime {
    let of = |path: &Path| fs::metadata(path).and_then(|data| data.modified());
    let own = of(path).unwrap_or(SystemTime::UNIX_EPOCH);
    let Ok(children) = fs::read_dir(path) else { return own };
    children
        .flatten()
        .map(|child| newest(&child.path()))
        .fold(SystemTime::UNIX_EPOCH, SystemTime::max)
}
