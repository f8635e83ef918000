//! Do the tables of an output come into a document, and nothing else with them?

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const OUTPUT: &str = "\
| operation | producers | ours, ns | middle half |
|---|--:|--:|--:|
| admit + record | 1,000 | 2.5 | 2.4 to 2.6 |

| less the file's bytes | producers | ours, ns |
|---|--:|--:|
| snapshot file read | 1,000 | 3.5 |

| memory | producers | ours, bytes a producer |
|---|--:|--:|
| full window | 1,000 | 169 |

| bytes | ours, ns a batch |
|---|--:|
| walk of 1 KiB, CRC | 7.5 |

15 interleaved rounds; 2 cores, a processor
";

const DOCUMENT: &str = "\
before

| operation | producers | ours, ns | middle half |
|---|--:|--:|--:|
| admit + record | 1,000 | 9.5 | 9.4 to 9.6 |
| one more | 1,000 | 9.5 | 9.4 to 9.6 |

| operation | producers | median, ns | at 50 %, ns | ratio |
|---|--:|--:|--:|--:|
| index hit | 1,000 | 5.4 | 5.3 | 1.05 |

| less the file's bytes | producers | ours, ns |
|---|--:|--:|
| snapshot file read | 1,000 | 9.5 |

| memory | producers | ours, bytes a producer |
|---|--:|--:|
| full window | 1,000 | 999 |

between
| bytes | ours, ns a batch |
|---|--:|
| walk of 1 KiB, CRC | 9.5 |
";

/// Runs the script on these, and gives what it said and what the document is then.
fn put(name: &str, output: &str) -> (Output, String) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (from, into) = (folder.join(format!("{name}.out")), folder.join(format!("{name}.md")));
    fs::write(&from, output).expect("a file");
    fs::write(&into, DOCUMENT).expect("a file");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tables.py");
    let said = Command::new("python3").arg(script).args([&from, &into]).output();
    (said.expect("python3 runs"), fs::read_to_string(into).expect("a file"))
}

#[test]
fn each_table_takes_the_place_of_the_one_that_begins_like_it_and_nothing_else_changes() {
    if !support::has("python3") {
        return;
    }
    let (said, document) = put("whole", OUTPUT);
    assert!(said.status.success(), "{said:?}");
    let want = DOCUMENT
        .replace("| one more | 1,000 | 9.5 | 9.4 to 9.6 |\n", "")
        .replace("9.5 | 9.4 to 9.6", "2.5 | 2.4 to 2.6")
        .replace("999", "169")
        .replace("read | 1,000 | 9.5", "read | 1,000 | 3.5")
        .replace("CRC | 9.5", "CRC | 7.5");
    assert_eq!(document, want);
}

#[test]
fn an_output_that_is_not_whole_changes_nothing() {
    if !support::has("python3") {
        return;
    }
    let cut = OUTPUT.split("| bytes").next().expect("a part");
    let skipped = format!("SKIPPED: Kafka's side: no Java\n{OUTPUT}");
    let no_row = OUTPUT.replace("| full window | 1,000 | 169 |\n", "");
    for (name, output) in
        [("cut", cut), ("twice", &OUTPUT.repeat(2)), ("skipped", &skipped), ("no-row", &no_row)]
    {
        let (said, document) = put(name, output);
        assert_eq!(said.status.code(), Some(2), "{name}: {said:?}");
        assert!(String::from_utf8_lossy(&said.stderr).contains("nothing was changed"), "{said:?}");
        assert_eq!(document, DOCUMENT, "{name}");
    }
}
