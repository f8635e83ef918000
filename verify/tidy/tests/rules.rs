//! Is every rule of docs/rules.md kept by some source and held by some test?

use std::collections::{BTreeMap, BTreeSet};

use fencepost_tidy::{File, files, outside_tests, read, tests};

/// The rules that docs/rules.md lists, in order: lines that begin with `* **R20** `.
fn listed() -> Vec<u32> {
    let rules = read("docs/rules.md");
    let number = |line: &str| {
        let (rule, _) = line.strip_prefix("* **R")?.split_once("** ")?;
        rule.parse().ok()
    };
    let listed: Vec<u32> = rules.lines().filter_map(number).collect();
    assert!(listed.len() >= 50, "docs/rules.md lists {} rules as `* **R20** …`", listed.len());
    listed
}

/// The rules named in some text: `R20` as a word.
fn named(text: &str) -> impl Iterator<Item = u32> + '_ {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter_map(|word| word.strip_prefix('R')?.parse().ok())
}

/// The rules in a test's name: `r20` as a part.
fn in_name(name: &str) -> impl Iterator<Item = u32> + '_ {
    name.split('_').filter_map(|part| part.strip_prefix('r')?.parse().ok())
}

fn source_files() -> Vec<File> {
    files("core/src", ".rs", 30)
}

fn all_files() -> Vec<File> {
    let mut all = files("core", ".rs", 40);
    all.extend(files("verify", ".rs", 25));
    all
}

#[test]
fn rules_are_listed_once_and_in_order() {
    let listed = listed();
    let disorder = listed.windows(2).find(|pair| pair[0] >= pair[1]);
    assert_eq!(disorder, None, "docs/rules.md: the first pair that is out of order");
}

#[test]
fn every_rule_is_named_by_a_source_line() {
    let mut by_rule: BTreeMap<u32, usize> = listed().into_iter().map(|rule| (rule, 0)).collect();
    for file in source_files() {
        for rule in named(outside_tests(&file.text)) {
            by_rule.entry(rule).and_modify(|lines| *lines += 1);
        }
    }
    let missing: Vec<u32> = by_rule.iter().filter(|(_, n)| **n == 0).map(|(r, _)| *r).collect();
    assert!(missing.is_empty(), "no line under core/src names the rules {missing:?}");
    println!("{} rules, named {} times", by_rule.len(), by_rule.values().sum::<usize>());
}

#[test]
fn every_rule_is_named_by_a_test() {
    let mut missing: BTreeSet<u32> = listed().into_iter().collect();
    let (rules, mut seen) = (missing.len(), 0);
    for file in all_files() {
        for test in tests(&file.text) {
            seen += 1;
            for rule in in_name(&test.name).chain(named(&test.doc)) {
                missing.remove(&rule);
            }
        }
    }
    assert!(seen >= 50, "only {seen} tests seen");
    assert!(missing.is_empty(), "no test's name or doc comment names the rules {missing:?}");
    println!("{rules} rules, {seen} tests");
}

#[test]
fn no_source_and_no_test_names_a_rule_that_is_not_listed() {
    let listed: BTreeSet<u32> = listed().into_iter().collect();
    let mut unknown = Vec::new();
    for file in source_files() {
        let rules = named(&file.text).filter(|rule| !listed.contains(rule));
        unknown.extend(rules.map(|rule| format!("{}: R{rule}", file.path)));
    }
    for file in all_files() {
        for test in tests(&file.text) {
            let rules = in_name(&test.name).chain(named(&test.doc));
            let rules = rules.filter(|rule| !listed.contains(rule));
            unknown.extend(rules.map(|rule| format!("{}: {}: R{rule}", file.path, test.name)));
        }
    }
    assert!(unknown.is_empty(), "rules that docs/rules.md does not list:\n{}", unknown.join("\n"));
}
