//! Which files are in the repository, and what do they say?

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that are made, not written.
const MADE: [&str; 6] = ["target", "build", ".git", ".venv", "__pycache__", "node_modules"];

/// A text file.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path from the repository's root, with `/`.
    pub path: String,
    /// What it says.
    pub text: String,
}

/// The repository's root.
///
/// # Panics
/// If this package has been moved.
#[must_use]
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("the repository's root is two folders above this package")
}

/// A file that must be there.
///
/// # Panics
/// If it is not, or is not text.
#[must_use]
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The files of a folder and of those below it whose names end so, in order; at least so many.
///
/// # Panics
/// If there are fewer: then this looks at the wrong place.
#[must_use]
pub fn files(folder: &str, ending: &str, at_least: usize) -> Vec<File> {
    let mut found = Vec::new();
    walk(&root().join(folder), ending, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    let seen = found.len();
    assert!(seen >= at_least, "{folder}: {seen} files *{ending}, at least {at_least} expected");
    found
}

fn walk(folder: &Path, ending: &str, found: &mut Vec<File>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for entry in entries {
        let path = entry.expect("a folder that is read stays").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !MADE.contains(&name.as_str()) {
                walk(&path, ending, found);
            }
        } else if name.ends_with(ending) {
            let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name}: {e}"));
            let inside = path.strip_prefix(root()).expect("it was found below the root");
            found.push(File { path: inside.to_string_lossy().replace('\\', "/"), text });
        }
    }
}
