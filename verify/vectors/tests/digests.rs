//! The core and the model reach the digests of broker spec 9.5.

use fencepost_vectors::subjects::SUBJECTS;
use fencepost_vectors::{Profile, digest};

/// The digest on every subject, which must be the same on all.
fn digest_after(steps: u64, profile: Profile) -> String {
    let digests = SUBJECTS.map(|(name, create)| {
        (name, format!("{:016x}", digest::run(create, profile, 1, steps, &mut |_| ())))
    });
    let (_, first) = &digests[0];
    assert!(digests.iter().all(|(_, digest)| digest == first), "{digests:?}");
    first.clone()
}

#[test]
fn seed_1_reaches_the_four_digests() {
    assert_eq!(digest_after(100, Profile::V3_9), "918e29ec0f0f8437");
    assert_eq!(digest_after(1000, Profile::V3_9), "53495910d987b757");
    assert_eq!(digest_after(10_000, Profile::V3_9), "b0d657b7e90fcda1");
    assert_eq!(digest_after(100_000, Profile::V3_9), "ca247b0d0efb3e51");
}

#[test]
fn the_run_meets_no_rule_that_changed_between_releases() {
    for profile in Profile::ALL {
        assert_eq!(digest_after(10_000, profile), "b0d657b7e90fcda1", "{profile}");
    }
}

#[test]
fn the_first_eight_steps_read_as_in_the_spec() {
    const EXPECTED: [&str; 8] = [
        "1 A:ok,0,0 S:0,-1,8,-1/0,0,0,0,8|-|-|-|1,-1,-1,0,-1",
        "2 A:ok,1,5 S:0,-1,8,-1/0,0,0,0,8|-|-|0,-1,17,-1/0,4,1,5,17|6,-1,-1,0,-1",
        "3 A:ok,6,8 S:0,-1,8,-1/0,0,0,0,8|-|-|1,-1,39,-1/7,9,6,8,39|9,-1,-1,0,-1",
        "4 A:ok,9,10 S:0,-1,8,-1/0,0,0,0,8|-|0,-1,6,-1/0,1,9,10,6|1,-1,39,-1/7,9,6,8,39\
         |11,-1,-1,0,-1",
        "5 A:ok,11,15 S:0,-1,8,-1/0,0,0,0,8|-|0,-1,6,-1/0,1,9,10,6\
         |1,-1,25,-1/7,9,6,8,39/10,14,11,15,25|16,-1,-1,0,-1",
        "6 A:ok,16,16 S:0,-1,8,-1/0,0,0,0,8|-|0,-1,6,-1/0,1,9,10,6\
         |0,-1,11,-1/9,9,16,16,11|17,-1,-1,0,-1",
        "7 A:ok,17,18 S:1,-1,28,17/3,4,17,18,28|-|0,-1,6,-1/0,1,9,10,6\
         |0,-1,11,-1/9,9,16,16,11|19,17,17,0,-1",
        "8 A:ok,19,21 S:1,-1,28,17/3,4,17,18,28|0,-1,10,-1/0,2,19,21,10\
         |0,-1,6,-1/0,1,9,10,6|0,-1,11,-1/9,9,16,16,11|22,17,17,0,-1",
    ];
    for (name, create) in SUBJECTS {
        let mut lines = Vec::new();
        digest::run(create, Profile::V3_9, 1, 8, &mut |step| {
            lines.push(format!("{} {} {}", step.step, step.result, step.state));
        });
        assert_eq!(lines, EXPECTED, "{name}");
    }
}

#[test]
fn the_outcomes_of_the_long_run_are_as_counted_in_the_spec() {
    for (name, create) in SUBJECTS {
        let mut counts = [0; 7];
        digest::run(create, Profile::V4_2, 1, 100_000, &mut |step| {
            let result = &step.result;
            let kinds = [
                result.starts_with("A:ok") && !result.contains(';'),
                result.starts_with("A:ok") && result.contains(';'),
                result.starts_with("A:dup"),
                result == "A:err,45",
                result == "A:err,47",
                result == "A:err,48",
                result == "A:err,52",
            ];
            for (count, is) in counts.iter_mut().zip(kinds) {
                *count += u32::from(is);
            }
        });
        assert_eq!(counts, [48_749, 4_369, 11_170, 9_741, 2_393, 4_416, 5_215], "{name}");
    }
}
