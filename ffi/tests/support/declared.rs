//! What `include/fencepost.h` declares, read from it: the tests in C are made for all of it, so
//! that nothing is forgotten.

#![allow(dead_code, reason = "every test uses a part of it")]

use std::collections::BTreeMap;

/// A function's parameter.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    /// Its type without `struct` and `enum`, such as `const fencepost_batch *`.
    pub(crate) kind: String,
    pub(crate) name: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) result: String,
    pub(crate) parameters: Vec<Parameter>,
}

#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) kind: String,
    pub(crate) name: String,
    /// As in `[5]`, or nothing.
    pub(crate) array: String,
}

/// The header without its comments and preprocessor lines.
fn code(header: &str) -> String {
    let mut out = String::new();
    let mut rest = header;
    while let Some(at) = rest.find("/*") {
        out.push_str(&rest[..at]);
        rest = rest[at..].split_once("*/").map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    let mut kept = String::new();
    let mut continued = false;
    for line in out.lines() {
        if !continued && !line.starts_with('#') {
            kept.push_str(line.split("//").next().unwrap_or_default());
            kept.push('\n');
        }
        continued = (continued || line.starts_with('#')) && line.ends_with('\\');
    }
    kept
}

fn words(text: &str) -> String {
    let text = text.replace("FENCEPOST_NODISCARD", "").replace("[[nodiscard]]", "");
    let spaced = text.replace('*', " * ");
    let kept =
        spaced.split_whitespace().filter(|word| !["struct", "enum", "extern"].contains(word));
    kept.collect::<Vec<_>>().join(" ")
}

/// Splits `const T * name` into its type and name.
fn typed(text: &str) -> (String, String) {
    let all = words(text);
    let (kind, name) = all.rsplit_once(' ').unwrap_or((all.as_str(), ""));
    (kind.to_owned(), name.to_owned())
}

pub(crate) fn functions(header: &str) -> Vec<Function> {
    let code = code(header);
    let mut found = Vec::new();
    for statement in code.split(';') {
        let Some((before, inside)) = statement.split_once('(') else { continue };
        let Some(inside) = inside.strip_suffix(')') else { continue };
        let before = before.rsplit(['{', '}']).next().unwrap_or_default();
        let (result, name) = typed(before);
        if !name.starts_with("fencepost_") {
            continue;
        }
        let listed = inside.split(',').filter(|text| text.trim() != "void");
        let parameters = listed
            .map(|text| {
                let (kind, name) = typed(text);
                Parameter { kind, name }
            })
            .collect();
        found.push(Function { name, result, parameters });
    }
    assert!(found.len() > 50, "only {} functions seen", found.len());
    found
}

/// The structs with their fields.
pub(crate) fn structs(header: &str) -> BTreeMap<String, Vec<Field>> {
    let code = code(header);
    let mut found = BTreeMap::new();
    for part in code.split("typedef struct ").skip(1) {
        let Some((name, rest)) = part.split_once('{') else { continue };
        if name.contains(';') {
            continue;
        }
        let Some((body, _)) = rest.split_once('}') else { continue };
        let mut fields = Vec::new();
        for field in body.split(';').filter(|field| !field.trim().is_empty()) {
            let (field, array) = match field.split_once('[') {
                Some((field, array)) => (field, format!("[{array}")),
                None => (field, String::new()),
            };
            let (kind, name) = typed(field);
            fields.push(Field { kind, name, array });
        }
        found.insert(name.trim().to_owned(), fields);
    }
    assert!(found.len() > 10, "only {} structs seen", found.len());
    found
}

/// The types that are only named: handles.
pub(crate) fn handles(header: &str) -> Vec<String> {
    let code = code(header);
    let opened = code.split("typedef struct ").skip(1);
    let named = opened.filter_map(|part| part.split_once(';')).map(|(name, _)| name);
    let found: Vec<String> = named
        .filter(|name| !name.contains('{'))
        .filter_map(|name| name.split_whitespace().next().map(str::to_owned))
        .collect();
    assert!(found.len() >= 3, "{found:?}");
    found
}

/// The enumerations with their values.
pub(crate) fn enumerations(header: &str) -> BTreeMap<String, Vec<(String, i64)>> {
    let code = code(header);
    let mut found = BTreeMap::new();
    for part in code.split("typedef enum ").skip(1) {
        let (name, rest) = part.split_once('{').expect("an enum has a body");
        let (body, _) = rest.split_once('}').expect("a body ends");
        let values = body.split(',').filter_map(|value| value.split_once('='));
        let values = values.map(|(name, number)| {
            (name.trim().to_owned(), number.trim().parse().expect("a number"))
        });
        found.insert(name.trim().to_owned(), values.collect());
    }
    assert!(found.len() > 10, "only {} enums seen", found.len());
    found
}
