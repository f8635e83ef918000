//! What must come of which events? The vectors of producer spec 18, as scripts.
//!
//! A vector begins with `vector ID TITLE`. `snapshot:` and `release:` stand together, where 4.4.0
//! does something else than the snapshot that the spec was read from. Then a line a step: what is
//! sent to the Java side, and after `=>` its whole answer, or after `~>` words that are in it.
//! A step without either must not be one that throws.

use std::fs;
use std::path::Path;

/// What an answer must be.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Want {
    Done,
    Whole(String),
    Words(Vec<String>),
}

/// One line and what it must come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is sent.
    pub line: String,
    want: Want,
}

impl Step {
    /// Whether that is a right answer.
    #[must_use]
    pub fn accepts(&self, answer: &str) -> bool {
        match &self.want {
            Want::Done => !answer.starts_with("threw"),
            Want::Whole(whole) => answer == whole,
            Want::Words(words) => {
                let said: Vec<&str> = answer.split_whitespace().collect();
                words.iter().all(|word| said.contains(&word.as_str()))
            }
        }
    }

    /// What is wanted, to be read.
    #[must_use]
    pub fn wanted(&self) -> String {
        match &self.want {
            Want::Done => "no exception".into(),
            Want::Whole(whole) => whole.clone(),
            Want::Words(words) => format!("… {} …", words.join(" … ")),
        }
    }
}

/// A vector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vector {
    /// Its id in producer spec 18, perhaps with a case of it: `V-K15.47`.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// What the snapshot did, if 4.4.0 does something else.
    pub snapshot: Option<String>,
    /// What 4.4.0 does; that is what the steps want.
    pub release: Option<String>,
    /// What is done.
    pub steps: Vec<Step>,
}

impl Vector {
    /// Its id in the spec, without the case.
    #[must_use]
    pub fn number(&self) -> &str {
        self.id.split('.').next().unwrap_or_default()
    }
}

/// Every vector in the folder `vectors/`.
///
/// # Errors
/// The folder can't be read, or the file and line that are not understood.
pub fn all() -> Result<Vec<Vector>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let mut paths: Vec<_> = fs::read_dir(&folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    let mut all = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path);
        let text = text.map_err(|error| format!("{}: {error}", path.display()))?;
        parse(&text, &mut all).map_err(|why| format!("{}: {why}", path.display()))?;
    }
    Ok(all)
}

fn parse(text: &str, all: &mut Vec<Vector>) -> Result<(), String> {
    let mut open: Option<Vector> = None;
    for (n, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(head) = line.strip_prefix("vector ") {
            all.extend(open.take());
            let (id, title) = head.split_once(' ').unwrap_or((head, ""));
            open = Some(Vector { id: id.into(), title: title.into(), ..Vector::default() });
            continue;
        }
        let vector = open.as_mut().ok_or_else(|| format!("line {}: no vector yet", n + 1))?;
        if let Some(what) = line.strip_prefix("snapshot: ") {
            vector.snapshot = Some(what.into());
        } else if let Some(what) = line.strip_prefix("release: ") {
            vector.release = Some(what.into());
        } else {
            vector.steps.extend(steps(line).map_err(|why| format!("line {}: {why}", n + 1))?);
        }
    }
    all.extend(open);
    Ok(())
}

/// A line as steps: `ready` and `ready-txn` stand for what every script begins with.
fn steps(line: &str) -> Result<Vec<Step>, String> {
    let (line, want) = if let Some((line, whole)) = line.split_once("=>") {
        (line, Want::Whole(whole.trim().into()))
    } else if let Some((line, words)) = line.split_once("~>") {
        (line, Want::Words(words.split_whitespace().map(Into::into).collect()))
    } else {
        (line, Want::Done)
    };
    let line = line.trim();
    let words: Vec<&str> = line.split_whitespace().collect();
    let identity = |id: &str, epoch: &str| format!("identity 0 {id} {epoch}");
    let lines = match words.as_slice() {
        ["ready", id, epoch] => vec!["loop".into(), identity(id, epoch)],
        [name @ ("ready-txn" | "ready-txn-idle"), id, epoch] => {
            let mut lines: Vec<String> =
                ["init", "loop 2", "coordinator 0 0", "loop"].map(Into::into).to_vec();
            lines.extend([identity(id, epoch), "await".into()]);
            lines.extend((*name == "ready-txn").then(|| "begin".into()));
            lines
        }
        [] => return Err("nothing before the arrow".into()),
        _ => return Ok(vec![Step { line: line.into(), want }]),
    };
    Ok(lines.into_iter().map(|line| Step { line, want: Want::Done }).collect())
}
