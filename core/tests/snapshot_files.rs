//! Which files are there, and which are to be loaded and deleted? R55 and R56, and the decisions of
//! R50.

use std::collections::BTreeSet;

use fencepost::snapshot::files;
use proptest::prelude::*;

#[test]
fn r55_a_snapshot_is_named_by_twenty_digits_of_its_offset() {
    assert_eq!(files::name(42).as_str(), "00000000000000000042.snapshot");
    assert_eq!(files::name(0).as_str(), "00000000000000000000.snapshot");
    assert_eq!(files::name(-42).as_str(), "-00000000000000000042.snapshot", "a sign and 20 digits");
    assert_eq!(files::name(i64::MAX).as_str(), "09223372036854775807.snapshot");
}

#[test]
fn r55_the_offset_is_what_stands_before_the_first_dot() {
    let named = [
        ("00000000000000000042.snapshot", 42),
        ("42.snapshot", 42),
        ("+7.snapshot", 7),
        ("-7.snapshot", -7),
        ("5.old.snapshot", 5),
        ("9223372036854775807.snapshot", i64::MAX),
    ];
    for (name, offset) in named {
        assert_eq!(files::parse_name(name), Ok(Some(offset)), "{name}");
    }
    let others = ["42.snapshot.deleted", "42.log", "snapshot", "", "42.snapshot ", "42.SNAPSHOT"];
    for name in others {
        assert_eq!(files::parse_name(name), Ok(None), "{name}");
    }
    let bad =
        ["abc.snapshot", ".snapshot", "9223372036854775808.snapshot", " 4.snapshot", "4x.snapshot"];
    for name in bad {
        let error = files::parse_name(name).expect_err(name);
        assert!(error.to_string().contains(".snapshot"));
    }
}

#[test]
fn r56_a_stray_stays_only_if_it_is_the_highest_and_not_below_the_newest_segment() {
    let strays = |snapshots: &[i64], bases: &[i64]| -> Vec<i64> {
        files::strays(snapshots, bases).collect()
    };
    assert_eq!(strays(&[1, 2, 4], &[0, 1, 2]), [], "4 is from a clean shutdown");
    assert_eq!(strays(&[1, 3, 4], &[0, 1, 2]), [3]);
    assert_eq!(strays(&[1, 5], &[0, 5]), [1]);
    assert_eq!(strays(&[4, 5], &[0, 9]), [4, 5]);
    assert_eq!(strays(&[4, 5], &[]), [4], "no segments: the highest stays");
    assert_eq!(strays(&[], &[0]), []);
}

fn offsets() -> impl Strategy<Value = Vec<i64>> {
    let offset = prop_oneof![9 => 0..12_i64, 1 => any::<i64>()];
    let set = prop::collection::btree_set(offset, 0..9);
    set.prop_map(|set| set.into_iter().collect::<Vec<_>>()).prop_shuffle()
}

proptest! {
    #[test]
    fn r56_strays_are_the_naive_ones_in_any_order(snapshots in offsets(), bases in offsets()) {
        let all: BTreeSet<i64> =
            snapshots.iter().copied().filter(|at| !bases.contains(at)).collect();
        let mut doomed = all.clone();
        if let Some(highest) = all.last() {
            let below_a_segment = bases.iter().any(|base| base > highest);
            if !below_a_segment {
                doomed.remove(highest);
            }
        }
        let have: BTreeSet<i64> = files::strays(&snapshots, &bases).collect();
        prop_assert_eq!(have, doomed);
    }

    #[test]
    fn r50_what_is_loaded_and_deleted_is_the_naive_choice(
        snapshots in offsets(),
        start in prop_oneof![0..12_i64, any::<i64>()],
        end in 0..12_i64,
    ) {
        let sorted: BTreeSet<i64> = snapshots.iter().copied().collect();
        prop_assert_eq!(files::latest(&snapshots), sorted.last().copied());
        prop_assert_eq!(files::oldest(&snapshots), sorted.first().copied());
        let outside: BTreeSet<i64> = files::outside_log(&snapshots, start, end).collect();
        let before: BTreeSet<i64> = files::before(&snapshots, end).collect();
        for &at in &sorted {
            prop_assert_eq!(outside.contains(&at), !(start < at && at <= end));
            prop_assert_eq!(before.contains(&at), 0 <= at && at < end);
        }
    }

    #[test]
    fn r55_names_are_read_back_as_the_offset_they_were_made_for(offset in any::<i64>()) {
        let name = files::name(offset);
        prop_assert_eq!(files::parse_name(&name), Ok(Some(offset)));
        prop_assert_eq!(name.as_str(), fencepost_model::snapshot_file_name(offset));
    }

    #[test]
    fn r55_any_name_is_an_offset_none_or_an_error(name in ".{0,12}", snapshot in any::<bool>()) {
        let name = if snapshot { format!("{name}.snapshot") } else { name };
        let read = files::parse_name(&name);
        prop_assert_eq!(read == Ok(None), !name.ends_with(".snapshot"));
    }
}
