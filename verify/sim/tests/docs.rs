//! Does docs/simulation.md tell of every family of worlds, under its story's number, and of no
//! other?

use fencepost_sim::families;

/// The first cell that is nothing but one name in backticks, and the number in the row's first.
fn row(line: &str) -> Option<(String, Option<u32>)> {
    let cells: Vec<&str> = line.strip_prefix("| ")?.split(" | ").map(str::trim).collect();
    let name = cells.iter().find_map(|cell| cell.strip_prefix('`')?.strip_suffix('`'))?;
    let is_name = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    is_name.then(|| (name.to_owned(), cells.first().and_then(|cell| cell.parse().ok())))
}

#[test]
fn the_documents_tables_are_the_list_of_families() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/simulation.md");
    let text = std::fs::read_to_string(path).expect("it is there");
    let mut told: Vec<(String, Option<u32>)> = text.lines().filter_map(row).collect();
    let regressions: Vec<&str> =
        fencepost_sim::REGRESSIONS.iter().map(|family| family.name).collect();
    let number = |family: &fencepost_sim::Named| {
        family.story.filter(|_| !regressions.contains(&family.name))
    };
    let mut there: Vec<(String, Option<u32>)> =
        families().map(|family| (family.name.to_owned(), number(family))).collect();
    told.sort();
    there.sort();
    assert_eq!(told, there);
}
