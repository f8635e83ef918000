//! Where is Kafka? The classes of one release, as the other side of the oracle.

use std::path::{Path, PathBuf};

use crate::java::{Java, KafkaError, Side};
use crate::op::Release;

/// A release's classes, in a process of their own.
pub struct Kafka(Java);

impl Kafka {
    /// Builds what must be built, and starts the release.
    ///
    /// # Errors
    /// [`KafkaError`], if Java or Maven are missing or the build fails.
    pub fn start(release: Release) -> Result<Self, KafkaError> {
        let java = Path::new(env!("CARGO_MANIFEST_DIR")).join("java");
        let memory = Path::new("/dev/shm");
        let directory: PathBuf =
            if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
        Java::start(&Side {
            module: &java.join(release.module),
            sources: &["shared", "scala-log", "java-log", "pom.xml"].map(|part| java.join(part)),
            main: "fencepost.oracle.Main",
            arguments: &[directory.as_os_str()],
        })
        .map(Self)
    }

    /// The answers to some lines; see [`Java::ask`].
    ///
    /// # Errors
    /// The process has ended, or its pipe is broken.
    pub fn ask<'a>(
        &mut self,
        lines: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<String>, KafkaError> {
        self.0.ask(lines)
    }
}
