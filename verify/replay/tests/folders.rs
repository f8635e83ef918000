//! Whatever lies in a folder, listing it ends, and reading what it lists does too.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use fencepost_replay::{Folder, discover, folders_below};

fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test).join("topic-0");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_device_or_pipe_named_as_a_file_of_a_log_is_refused_before_it_is_read() {
    for suffix in ["log", "snapshot", "txnindex"] {
        let folder = folder("device");
        fs::write(folder.join("00000000000000000000.log"), []).unwrap();
        assert!(Folder::open(&folder).is_ok());
        symlink("/dev/zero", folder.join(format!("00000000000000000009.{suffix}"))).unwrap();
        let refused = Folder::open(&folder).unwrap_err().to_string();
        let wanted = format!("00000000000000000009.{suffix}: not a regular file");
        assert!(refused.ends_with(&wanted), "{refused}");
    }
}

#[test]
fn links_to_folders_are_not_followed_and_links_to_files_are() {
    let folder = folder("links");
    let elsewhere = folder.with_file_name("elsewhere");
    fs::write(&elsewhere, []).unwrap();
    symlink(&elsewhere, folder.join("00000000000000000000.log")).unwrap();
    symlink("..", folder.join("up")).unwrap();
    let found = folders_below(folder.parent().unwrap()).unwrap();
    assert_eq!(found.iter().map(|found| &found.path).collect::<Vec<_>>(), [&folder]);
}

#[test]
fn what_can_be_listed_is_found_beside_what_cannot() {
    let folder = folder("beside");
    fs::write(folder.join("00000000000000000000.log"), []).unwrap();
    let bad = folder.with_file_name("topic-1");
    fs::create_dir_all(&bad).unwrap();
    fs::write(bad.join("00000000000000000000.log"), []).unwrap();
    fs::write(bad.join("x.snapshot"), []).unwrap();
    let (found, refused) = discover(folder.parent().unwrap());
    assert_eq!(found.iter().map(|found| &found.path).collect::<Vec<_>>(), [&folder]);
    let [refused] = &refused[..] else { panic!("{refused:?}") };
    assert!(refused.to_string().contains("topic-1/x.snapshot: "), "{refused}");
    fs::remove_dir_all(&bad).unwrap();
}

#[test]
fn a_folder_that_kafka_is_about_to_delete_is_left_out_unless_it_is_named() {
    let folder = folder("about-to");
    fs::write(folder.join("00000000000000000000.log"), []).unwrap();
    let deleted = folder.with_file_name("topic-1.8f3a-delete");
    fs::create_dir_all(&deleted).unwrap();
    fs::write(deleted.join("00000000000000000000.log"), []).unwrap();
    let (found, refused) = discover(folder.parent().unwrap());
    assert_eq!((found.len(), refused.len()), (1, 0));
    assert_eq!(discover(&deleted).0.len(), 1);
}

#[test]
fn a_folder_without_any_log_says_so() {
    let folder = folder("none");
    let (found, refused) = discover(&folder);
    assert_eq!((found.len(), refused.len()), (0, 1));
    assert!(refused[0].to_string().contains("no partition here"), "{}", refused[0]);
}
