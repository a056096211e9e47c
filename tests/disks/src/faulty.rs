//! A disk that fails at the n-th step, for any user: `examples/disk_faults.rs`, preloaded.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The library, compiled once.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, library) = LIBRARY.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("libdisk_faults.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/disk_faults.rs");
        // The compiler beside the cargo that built this test: one file, std alone.
        let compiler = Path::new(env!("CARGO")).with_file_name("rustc");
        let compiled = Command::new(compiler)
            .args(["--edition", "2024", "--crate-type", "cdylib", "-C", "opt-level=1"])
            .args([Path::new(source), Path::new("-o"), &library])
            .output()
            .expect("rustc is there");
        assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
        (folder, library)
    });
    library
}

/// What shall happen to a program's files.
#[derive(Debug)]
pub struct Faulty {
    order: String,
    under: PathBuf,
    told: tempfile::NamedTempFile,
}

impl Faulty {
    /// `order` as the library reads it, `sync 3 eio`: see `examples/disk_faults.rs`. For files
    /// under `under`.
    ///
    /// # Panics
    /// When no file can be made.
    #[must_use]
    pub fn new(order: impl Into<String>, under: impl Into<PathBuf>) -> Self {
        let told = tempfile::NamedTempFile::new().unwrap();
        Self { order: order.into(), under: under.into(), told }
    }

    /// What the program is to be started with.
    ///
    /// # Panics
    /// When the library cannot be compiled.
    #[must_use]
    pub fn variables(&self) -> Vec<(String, String)> {
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        vec![
            ("LD_PRELOAD".to_owned(), text(library())),
            ("DISK_FAULT".to_owned(), self.order.clone()),
            ("DISK_FAULT_UNDER".to_owned(), text(&self.under)),
            ("DISK_FAULT_TOLD".to_owned(), text(self.told.path())),
        ]
    }

    /// The files to which it happened, in order.
    ///
    /// # Panics
    /// When the file that tells of them cannot be read.
    #[must_use]
    pub fn happened(&self) -> Vec<PathBuf> {
        let told = std::fs::read_to_string(self.told.path()).unwrap();
        told.lines().map(PathBuf::from).collect()
    }
}
