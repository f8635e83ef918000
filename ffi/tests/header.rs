//! `include/fencepost.h` is what the source says; `make header` makes it.

#[path = "support/declared.rs"]
mod declared;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cbindgen::{Builder, Config, DocumentationStyle, EnumConfig, Language, SortKey, Style};
use declared::{functions, handles};
use support::{hold, package, read, repository};

/// The source files in the order of the header.
fn order() -> Vec<String> {
    let listed = read(&package().join("header/order.txt"));
    listed.lines().map(str::to_owned).collect()
}

/// The text with the version filled in.
fn macros() -> String {
    read(&package().join("header/macros.h"))
        .replace("@MAJOR@", env!("CARGO_PKG_VERSION_MAJOR"))
        .replace("@MINOR@", env!("CARGO_PKG_VERSION_MINOR"))
        .replace("@PATCH@", env!("CARGO_PKG_VERSION_PATCH"))
}

/// Enumerations that functions take as integers, which cbindgen would not look for.
fn enumerations() -> Vec<String> {
    let mut found = Vec::new();
    for file in order() {
        let source = read(&package().join("src").join(file));
        for line in source.lines().filter_map(|line| line.strip_prefix("pub enum ")) {
            found.extend(line.split_whitespace().next().map(str::to_owned));
        }
    }
    assert!(found.len() > 10, "{found:?}");
    found
}

fn made() -> String {
    let mut config = Config {
        language: Language::C,
        cpp_compat: true,
        include_guard: Some("FENCEPOST_H".into()),
        no_includes: true,
        sys_includes: ["stdbool.h", "stddef.h", "stdint.h"].map(String::from).to_vec(),
        after_includes: Some(macros()),
        header: Some(read(&package().join("header/rules.h"))),
        usize_is_size_t: true,
        style: Style::Both,
        documentation_style: DocumentationStyle::Doxy,
        sort_by: SortKey::None,
        line_length: 100,
        enumeration: EnumConfig::default(),
        ..Config::default()
    };
    config.function.must_use = Some("FENCEPOST_NODISCARD".into());
    config.function.sort_by = Some(SortKey::None);
    config.export.include = enumerations();
    config.defines.insert("feature = std".into(), "FENCEPOST_HEAP".into());
    let mut builder = Builder::new().with_config(config);
    for file in order() {
        builder = builder.with_src(package().join("src").join(file));
    }
    let bindings = builder.generate().expect("the source can be read");
    let mut text = Vec::new();
    bindings.write(&mut text);
    String::from_utf8(text).expect("a header is UTF-8")
}

#[test]
fn the_header_is_what_the_source_says() {
    let made = made();
    hold(&repository().join("include/fencepost.h"), &made);
    let symbols = exported(&made);
    assert!(symbols.len() > 50, "{}", symbols.len());
    let text: String = symbols.iter().map(|name| format!("{name}\n")).collect();
    hold(&package().join("symbols.txt"), &text);
}

/// The functions that a header declares.
fn exported(header: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in header.lines().filter(|line| !line.starts_with([' ', '*', '#'])) {
        let Some((before, _)) = line.split_once('(') else { continue };
        let name = before.rsplit([' ', '*']).next().unwrap_or_default();
        if name.starts_with("fencepost_") {
            found.insert(name.to_owned());
        }
    }
    found
}

fn rust_files(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder of source") {
        let path = entry.expect("it stays").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else {
            found.push(read(&path));
        }
    }
}

#[test]
fn every_exported_function_is_in_the_header_with_a_comment_that_ends_in_front_of_it() {
    let mut sources = Vec::new();
    rust_files(&package().join("src"), &mut sources);
    let header = made();
    let declared = exported(&header);
    let mut seen = BTreeSet::new();
    for line in sources.iter().flat_map(|source| source.lines()) {
        let Some((_, rest)) = line.split_once("extern \"C\" fn ") else { continue };
        let name = rest.split('(').next().unwrap_or_default();
        // Only with a feature for the tests.
        if name == "fencepost_planted_panic" {
            continue;
        }
        assert!(declared.contains(name), "{name} is in no file of header/order.txt");
        seen.insert(name.to_owned());
    }
    assert_eq!(seen, declared);
    let lines: Vec<&str> = header.lines().collect();
    for (n, line) in lines.iter().enumerate() {
        let names = exported(line);
        if let Some(name) = names.first() {
            let before = lines[..n]
                .iter()
                .rev()
                .find(|line| !line.starts_with("FENCEPOST_NODISCARD") && !line.starts_with("#if"));
            assert_eq!(before.map(|line| line.trim()), Some("*/"), "{name} has no comment");
        }
    }
}

#[test]
fn a_status_must_be_looked_at_but_that_of_a_fini() {
    let (header, mut marked) = (made(), 0);
    let lines: Vec<&str> = header.lines().collect();
    for (n, line) in lines.iter().enumerate() {
        let Some(rest) = line.strip_prefix("enum fencepost_status ") else { continue };
        let name = rest.split('(').next().unwrap_or_default();
        let is_marked = lines[n - 1] == "FENCEPOST_NODISCARD";
        assert_eq!(is_marked, !name.ends_with("_fini"), "{name}: #[must_use]");
        marked += usize::from(is_marked);
    }
    assert!(marked > 100, "{marked}");
}

/// Each function's comment, as one line.
fn comments(header: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut comment = String::new();
    for line in header.lines() {
        let text = line.trim_start_matches([' ', '*', '/']).trim_end();
        if line == "/**" {
            comment.clear();
        } else if line.starts_with(" * ") {
            comment.push_str(text);
            comment.push(' ');
        }
        if let Some(name) = exported(line).first() {
            found.insert(name.clone(), comment.clone());
        }
    }
    found
}

/// What the first comment of the header leaves open, each function says: who may call it beside
/// others, who gives back what it made, and how much memory it wants.
#[test]
fn each_function_says_what_the_rules_on_top_leave_open() {
    let header = made();
    let (comments, handles) = (comments(&header), handles(&header));
    let mut looked = 0;
    for function in functions(&header) {
        let name = function.name.as_str();
        let comment = &comments[name];
        let says = |what: &str| assert!(comment.contains(what), "{name} does not say: {what}");
        let taken = function.parameters.iter().find(|parameter| {
            handles.iter().any(|handle| parameter.kind.contains(&format!("{handle} *")))
        });
        match taken.map(|parameter| parameter.kind.as_str()) {
            None => says("ny thread"),
            Some(kind) if kind.starts_with("const ") => says("side by side"),
            Some(_) => {}
        }
        if let Some(of) = name.strip_suffix("_init") {
            says("aligned to FENCEPOST_ALIGN");
            says(&format!("{of}_size says"));
            says(&format!("until {of}_fini"));
            says("FENCEPOST_BUFFER_TOO_SMALL");
        }
        if let Some(of) = name.strip_suffix("_new") {
            says(&format!("gives it back with {of}_free"));
            says("FENCEPOST_MEMORY");
        }
        if function.parameters.iter().any(|parameter| parameter.kind == "fencepost_error *") {
            says("Errors");
        }
        looked += 1;
    }
    assert!(looked > 250, "{looked}");
}

/// A unit is in the name (`now_ms`), or in the comment.
#[test]
fn each_time_says_that_it_is_in_milliseconds() {
    let header = made();
    let mut comment = String::new();
    let mut seen = 0;
    for line in header.lines() {
        match line.trim() {
            "/**" => comment.clear(),
            text if text.starts_with("* ") => comment.push_str(text),
            text if text.starts_with("int64_t ") => {
                let name = text.trim_start_matches("int64_t ").trim_end_matches(';');
                if name.contains("time") || name.ends_with("_ms") {
                    let said = name.ends_with("_ms") || comment.to_lowercase().contains("millis");
                    assert!(said || comment.contains("-1, but for topics"), "{name}: {comment}");
                    seen += 1;
                }
            }
            _ => {}
        }
    }
    assert!(seen > 20, "{seen}");
}
