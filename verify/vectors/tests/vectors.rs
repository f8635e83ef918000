//! The core and the model answer every vector as wanted, at every profile where the want holds.

use std::path::{Path, PathBuf};

use fencepost_vectors::Profile;
use fencepost_vectors::format::{Vector, load, parse};
use fencepost_vectors::runner::run;
use fencepost_vectors::subjects::SUBJECTS;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

fn vectors(name: &str) -> Vec<Vector> {
    load(&data().join(name)).unwrap()
}

/// The vectors that differ on every subject, which must be the same on all.
fn differing_ids(vectors: &[Vector], profile: Profile) -> Vec<String> {
    let differing = SUBJECTS.map(|(name, create)| {
        let differences = run(vectors, profile, create).differences;
        (name, differences.into_iter().map(|difference| difference.vector).collect::<Vec<_>>())
    });
    let (_, first) = &differing[0];
    assert!(differing.iter().all(|(_, ids)| ids == first), "{profile}: {differing:?}");
    first.clone()
}

#[test]
fn all_79_vectors_of_the_spec_hold_at_3_9() {
    let vectors = vectors("broker-3.9.json");
    for (name, create) in SUBJECTS {
        let report = run(&vectors, Profile::V3_9, create);
        assert_eq!(report.to_string(), "79 vectors, 471 steps, 0 differences", "{name}");
    }
}

#[test]
fn later_profiles_differ_from_the_79_only_in_the_order_of_epoch_and_guard() {
    let vectors = vectors("broker-3.9.json");
    for profile in Profile::ALL.into_iter().filter(|&profile| profile != Profile::V3_9) {
        assert_eq!(differing_ids(&vectors, profile), ["H10"], "{profile}");
    }
}

#[test]
fn every_other_file_holds_at_every_profile_it_names() {
    let mut files = 0;
    for file in data().read_dir().unwrap() {
        let path = file.unwrap().path();
        if path.file_name().unwrap() == "broker-3.9.json" {
            continue;
        }
        let vectors = load(&path).unwrap();
        for profile in Profile::ALL {
            let none: [&str; 0] = [];
            assert_eq!(differing_ids(&vectors, profile), none, "{} {profile}", path.display());
        }
        files += 1;
    }
    assert_eq!(files, 6);
}

#[test]
fn a_change_between_releases_is_seen_from_both_sides() {
    // Taken without its profiles, such a vector has to fail wherever it does not hold.
    for name in ["broker-4.0.json", "broker-4.1.json", "broker-4.2.json"] {
        for mut vector in vectors(name) {
            let holds_at = std::mem::take(&mut vector.profiles);
            for profile in Profile::ALL.into_iter().filter(|_| !holds_at.is_empty()) {
                let differs = !differing_ids(std::slice::from_ref(&vector), profile).is_empty();
                assert_eq!(differs, !holds_at.contains(&profile), "{} {profile}", vector.id);
            }
        }
    }
}

#[test]
fn a_wrong_want_is_reported_with_its_place() {
    let text = r#"[{"id":"X","what":"","steps":[
        {"op":"produce","pid":1,"epoch":0,"seq":0,"n":1,"ts":1,"want":{"ok":[0,0]}},
        {"op":"state","want":{"map_end":7,"leo":1}},
        {"op":"corrupt","offset":3,"how":"half"}]}]"#;
    let vectors = parse("x.json", text).unwrap();
    for (name, create) in SUBJECTS {
        let report = run(&vectors, Profile::V4_2, create);
        let lines: Vec<String> = report.differences.iter().map(ToString::to_string).collect();
        let expected = [
            r#"X step 2 state: want {"leo":1,"map_end":7} got {"leo":1,"map_end":1}"#,
            r#"X step 3 corrupt: want null got "no such file""#,
        ];
        assert_eq!(lines, expected, "{name}");
        assert_eq!(report.to_string(), "1 vectors, 3 steps, 2 differences");
    }
}
