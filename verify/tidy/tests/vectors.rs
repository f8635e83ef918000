//! Is every vector of the descriptions a test that says which side it takes?

use fencepost_tidy::{Test, files, read, tests};

/// The vectors that a page lists: rows that begin with `| V-P1 |`.
fn listed(page: &str, least: usize) -> Vec<String> {
    let text = read(page);
    let name = |line: &str| {
        let name = line.strip_prefix("| ")?.split(' ').next()?;
        let (kind, number) = name.split_once('-')?;
        let is_vector = matches!(kind, "V" | "C") && number.ends_with(|c: char| c.is_ascii_digit());
        is_vector.then(|| name.to_owned())
    };
    let names: Vec<String> = text.lines().filter_map(name).collect();
    assert!(names.len() >= least, "{page} lists only {} vectors", names.len());
    names
}

/// Whether the test's name holds the vector's: `v_p1_…` for V-P1.
fn is_of(test: &Test, vector: &str) -> bool {
    let name = vector.to_lowercase().replace('-', "_");
    format!("_{}_", test.name).contains(&format!("_{name}_"))
}

fn every_one_is_a_test(page: &str, least: usize) {
    let mut all = Vec::new();
    for file in files("core/tests", ".rs", 20) {
        all.extend(tests(&file.text));
    }
    let (mut missing, mut undecided) = (Vec::new(), Vec::new());
    for vector in listed(page, least) {
        let mut of: Vec<&Test> = all.iter().filter(|test| is_of(test, &vector)).collect();
        if of.is_empty() {
            missing.push(vector);
            continue;
        }
        of.retain(|test| {
            let doc = test.doc.to_lowercase();
            !["as the reference", "deviates", "as 4."].iter().any(|side| doc.contains(side))
        });
        undecided.extend(of.into_iter().map(|test| format!("{vector}: {}", test.name)));
    }
    assert!(missing.is_empty(), "{page}: no test's name holds {missing:?}");
    assert!(undecided.is_empty(), "the doc does not say which side:\n{}", undecided.join("\n"));
}

#[test]
fn every_vector_of_the_producer_is_a_test_that_takes_a_side() {
    every_one_is_a_test("docs/spec/producer.md", 75);
}

#[test]
fn every_vector_of_the_coordinator_is_a_test_that_takes_a_side() {
    every_one_is_a_test("docs/spec/coordinator.md", 45);
}
