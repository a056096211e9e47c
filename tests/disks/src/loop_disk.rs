//! A disk whose power can be cut: ext4 in a file, on a loop device.
//!
//! `FS_IOC_SHUTDOWN` lets a file system go at once: what was written and not synced is lost, as the
//! machine's memory would be. What it does not show is a disk that says it has synced and has not.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Set by `.ci/run` where the disk can be had: then a test that cannot have it fails.
const REQUIRED: &str = "CAURI_REQUIRE_POWER_CUT";

/// `_IOR('X', 125, __u32)` of Linux: since 2016 for ext4, and the same for XFS and F2FS.
const FS_IOC_SHUTDOWN: libc::Ioctl = 0x8004_587D;

/// What reaches the disk when the power goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The journal as far as it can still be written; no data.
    JournalFlushed = 1,
    /// Nothing more.
    Nothing = 2,
}

/// The disk. Taken away when dropped.
#[derive(Debug)]
pub struct LoopDisk {
    folder: tempfile::TempDir,
}

impl LoopDisk {
    /// A disk of so many megabytes; none, and loudly, where there can be none.
    ///
    /// # Panics
    /// When there can be none and the environment says that there must be.
    #[must_use]
    pub fn new(megabytes: u64) -> Option<Self> {
        match Self::make(megabytes) {
            Ok(disk) => Some(disk),
            Err(why) => {
                let test = std::thread::current().name().unwrap_or("a test").to_owned();
                assert!(
                    std::env::var_os(REQUIRED).is_none_or(|it| it.is_empty()),
                    "{test} could NOT RUN, and {REQUIRED} is set: {why}"
                );
                // Not by `eprintln`, which nobody sees of a test that passes.
                let _ = writeln!(std::io::stderr(), "\n{test}: NOT RUN: {why}");
                None
            }
        }
    }

    fn make(megabytes: u64) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let disk = Self { folder };
        let file = File::create(disk.image()).map_err(|error| error.to_string())?;
        file.set_len(megabytes << 20).map_err(|error| error.to_string())?;
        let path = disk.image();
        let (image, mount) = (path.as_path(), disk.path());
        std::fs::create_dir(&mount).map_err(|error| error.to_string())?;
        // Its own journal is small, and what nobody uses of it is not made beforehand.
        run("mkfs.ext4", &["-q", "-F", "-m0", "-Jsize=4", "-Elazy_itable_init=1"], &[image])?;
        disk.mount()?;
        Ok(disk)
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    /// Where it is mounted.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("mount")
    }

    fn mount(&self) -> Result<(), String> {
        run("mount", &["-t", "ext4", "-o", "loop"], &[&self.image(), &self.path()])
    }

    /// Cuts the power. Everything that has a file open there fails from now on.
    ///
    /// # Panics
    /// When it cannot be cut.
    pub fn cut(&self, how: Cut) {
        let root = File::open(self.path()).unwrap();
        let flags = how as u32;
        // SAFETY: the ioctl reads one u32, which lives through the call.
        #[expect(unsafe_code, reason = "the operating system's call has no safe form in std")]
        let done = unsafe { libc::ioctl(root.as_raw_fd(), FS_IOC_SHUTDOWN, &raw const flags) };
        assert_eq!(done, 0, "{}", std::io::Error::last_os_error());
    }

    /// Brings the power back, once nobody has a file open any more.
    ///
    /// # Panics
    /// When somebody still has one after a while, or the file system cannot be mounted.
    pub fn back(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while let Err(why) = run("umount", &[], &[&self.path()]) {
            assert!(Instant::now() < deadline, "{why}");
            std::thread::sleep(Duration::from_millis(20));
        }
        self.mount().unwrap();
    }
}

impl Drop for LoopDisk {
    fn drop(&mut self) {
        // Where it was never mounted, there is nothing to take away; where a test failed, what
        // still runs on it must not keep it.
        let _ = run("umount", &["--lazy"], &[&self.path()]);
    }
}

fn run(program: &str, options: &[&str], paths: &[&Path]) -> Result<(), String> {
    // Where Debian keeps them is not on everybody's path.
    let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/sbin";
    let output = Command::new(program).args(options).args(paths).env("PATH", path).output();
    let output = output
        .map_err(|error| format!("{program}: {error} (Debian: apt-get install e2fsprogs mount)"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr).trim()))
}
