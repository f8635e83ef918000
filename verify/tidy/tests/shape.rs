//! Are files, functions and lines short enough to be read?

use fencepost_tidy::{File, files, functions};

fn rust_files() -> Vec<File> {
    files("", ".rs", 80)
}

#[test]
fn no_file_of_the_core_is_longer_than_600_lines() {
    let count = |file: &File| (file.text.lines().count(), file.path.clone());
    let mut long: Vec<_> = files("core/src", ".rs", 30).iter().map(count).collect();
    long.retain(|(lines, _)| *lines > 600);
    assert!(long.is_empty(), "{long:?}");
}

#[test]
fn no_function_of_the_core_has_70_lines_or_more() {
    let (mut seen, mut long) = (0, Vec::new());
    for file in files("core/src", ".rs", 30) {
        for function in functions(&file.text) {
            seen += 1;
            if function.lines >= 70 {
                long.push(format!("{}:{}: {}", file.path, function.line, function.name));
            }
        }
    }
    assert!(seen >= 300, "only {seen} functions seen");
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn no_line_of_rust_is_wider_than_100_columns() {
    let mut wide = Vec::new();
    for file in rust_files() {
        for (n, line) in file.text.lines().enumerate() {
            let columns = line.chars().count();
            if columns > 100 {
                wide.push(format!("{}:{}: {columns}", file.path, n + 1));
            }
        }
    }
    assert!(wide.is_empty(), "{} lines\n{}", wide.len(), wide.join("\n"));
}

/// Put together here, so that this file does not hold the words itself.
const LEFT_FOR_LATER: [&str; 5] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("X", "XX"),
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
];

#[test]
fn nothing_is_left_for_later() {
    let mut left = Vec::new();
    for ending in [".rs", ".md", ".toml", ".sh", ".py", ".java", "Makefile"] {
        for file in files("", ending, 1) {
            for word in LEFT_FOR_LATER.iter().filter(|word| file.text.contains(**word)) {
                left.push(format!("{}: {word}", file.path));
            }
        }
    }
    assert!(left.is_empty(), "{}", left.join("\n"));
}
