//! Does the script that installs packages say what is missing where it can't, and do what it says
//! where it can? Debian's tools are replaced, so that nothing is asked of this machine.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder that is the whole PATH: what the script needs of the system, and what is put there.
struct Machine(PathBuf);

impl Machine {
    fn new(name: &str, scripts: &[(&str, &str)]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::remove_dir_all(&folder).ok();
        fs::create_dir_all(&folder).expect("the test's own folder");
        for tool in ["bash", "env", "grep"] {
            let path = std::env::var_os("PATH").expect("there is a PATH");
            let found = std::env::split_paths(&path).map(|folder| folder.join(tool));
            let found = found.into_iter().find(|file| file.exists()).expect("a usual tool");
            std::os::unix::fs::symlink(found, folder.join(tool)).expect("a link");
        }
        for (tool, text) in scripts {
            let file = folder.join(tool);
            fs::write(&file, format!("#!{}/bash\n{text}\n", folder.display())).expect("written");
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("its own file");
        }
        Self(folder)
    }

    fn install(&self, purposes: &[&str]) -> (Option<i32>, String) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/install");
        let mut command = Command::new(self.0.join("bash"));
        command.arg(script).args(purposes).env("PATH", &self.0);
        let Output { status, stdout, stderr } = command.output().expect("bash runs");
        let said = [stdout, stderr].concat();
        (status.code(), String::from_utf8(said).expect("the script speaks UTF-8"))
    }

    /// What apt-get was called with, a line a call.
    fn asked_of_apt(&self) -> String {
        fs::read_to_string(self.0.join("asked")).unwrap_or_default()
    }
}

const NOTHING_IS_INSTALLED: (&str, &str) = ("dpkg-query", "exit 1");
const ALL_IS_INSTALLED: (&str, &str) = ("dpkg-query", "echo 'install ok installed'");
const ROOT: (&str, &str) = ("id", "echo 0");
const SOMEBODY: (&str, &str) = ("id", "echo 1000");
const APT: (&str, &str) = ("apt-get", "echo \"$@\" >>\"${0%/*}/asked\"");

#[test]
fn elsewhere_than_on_debian_it_says_what_is_needed() {
    let (code, said) = Machine::new("not-debian", &[ROOT, APT]).install(&[]);
    assert_eq!(code, Some(75), "{said}");
    assert!(said.starts_with("this is not Debian"), "{said}");
    for part in ["for bare-metal: rustc-web", "for firmware: qemu-system-arm", "for c: gcc"] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn without_root_it_says_what_is_missing_and_installs_nothing() {
    let machine = Machine::new("no-root", &[NOTHING_IS_INSTALLED, SOMEBODY, APT]);
    let (code, said) = machine.install(&["firmware", "valgrind"]);
    let wanted = "missing for firmware: qemu-system-arm\nmissing for valgrind: valgrind\n\
                  as root: apt-get update && apt-get install qemu-system-arm valgrind\n";
    assert_eq!((code, said.as_str()), (Some(75), wanted));
    assert_eq!(machine.asked_of_apt(), "");
}

#[test]
fn as_root_it_installs_what_it_named() {
    let machine = Machine::new("root", &[NOTHING_IS_INSTALLED, ROOT, APT]);
    let (code, said) = machine.install(&["firmware"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("apt-get install qemu-system-arm\n"), "{said}");
    let wanted = "update -q\ninstall -y -q --no-install-recommends qemu-system-arm\n";
    assert_eq!(machine.asked_of_apt(), wanted);
}

#[test]
fn what_is_there_is_left_alone() {
    let machine = Machine::new("all-there", &[ALL_IS_INSTALLED, ROOT, APT]);
    let (code, said) = machine.install(&[]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(said, "there already, for bare-metal firmware valgrind c windows\n");
    assert_eq!(machine.asked_of_apt(), "");
}

#[test]
fn an_unknown_purpose_is_refused_before_anything_is_done() {
    let machine = Machine::new("unknown", &[NOTHING_IS_INSTALLED, ROOT, APT]);
    let (code, said) = machine.install(&["firmware", "rockets"]);
    let wanted = "rockets: not one of bare-metal firmware valgrind c windows\n";
    assert_eq!((code, said.as_str()), (Some(2), wanted));
    assert_eq!(machine.asked_of_apt(), "");
}
