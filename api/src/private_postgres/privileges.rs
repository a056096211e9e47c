//! PostgreSQL refuses to run as root; this gives root a way.
//!
//! Not root: nothing to do. Root: first a user namespace, in which the server believes that it is
//! an ordinary user while its files stay root's; it works under root's own home too. Where the
//! kernel or a container forbids that, the user `postgres`, else `nobody`, who then must own the
//! data folder and be able to reach it.

#![allow(unsafe_code, reason = "the operating system's calls for users have no safe form in std")]

use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

/// As whom the server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Runs {
    /// As whoever we are.
    AsOurselves,
    /// In a user namespace, as what looks like user 1000.
    InNamespace,
    /// As this user and group.
    As { uid: u32, gid: u32 },
}

impl Runs {
    /// What is possible here.
    pub(super) fn choose() -> Self {
        // SAFETY: asks for a number, touches nothing.
        if unsafe { libc::geteuid() } != 0 {
            return Self::AsOurselves;
        }
        let mut probe = Command::new("true");
        Self::InNamespace.apply(&mut probe);
        match probe.status() {
            Ok(status) if status.success() => Self::InNamespace,
            Ok(_) | Err(_) => other_user(),
        }
    }

    /// Gives `path` to whom the server runs as.
    pub(super) fn own(self, path: &Path) -> io::Result<()> {
        match self {
            Self::AsOurselves | Self::InNamespace => Ok(()),
            Self::As { uid, gid } => std::os::unix::fs::chown(path, Some(uid), Some(gid)),
        }
    }

    /// Lets `command` run so, and die with the thread that starts it.
    pub(super) fn apply(self, command: &mut Command) {
        let dropping = move || {
            match self {
                Self::AsOurselves => {}
                Self::InNamespace => enter_namespace()?,
                Self::As { uid, gid } => become_user(uid, gid)?,
            }
            die_with_parent()
        };
        // SAFETY: between fork and exec only async-signal-safe calls are made: unshare, open,
        // write, close, setgroups, setgid, setuid, setpgid and prctl, on memory made before.
        unsafe { command.pre_exec(dropping) };
    }
}

fn other_user() -> Runs {
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let ids = |user: &str| {
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
            (name == user).then_some(Runs::As { uid, gid })
        })
    };
    ids("postgres").or_else(|| ids("nobody")).unwrap_or(Runs::As { uid: 65_534, gid: 65_534 })
}

fn check(result: libc::c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn enter_namespace() -> io::Result<()> {
    // SAFETY: changes only the calling process, which is about to become another program.
    check(unsafe { libc::unshare(libc::CLONE_NEWUSER) })?;
    write_to(c"/proc/self/setgroups", b"deny")?;
    write_to(c"/proc/self/uid_map", b"1000 0 1")?;
    write_to(c"/proc/self/gid_map", b"1000 0 1")
}

fn write_to(path: &std::ffi::CStr, text: &[u8]) -> io::Result<()> {
    // SAFETY: the path ends with a zero, the text is as long as said, the file is closed again.
    unsafe {
        let file = libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
        if file < 0 {
            return Err(io::Error::last_os_error());
        }
        let written = libc::write(file, text.as_ptr().cast(), text.len());
        let failed = (written < 0).then(io::Error::last_os_error);
        libc::close(file);
        failed.map_or(Ok(()), Err)
    }
}

fn become_user(uid: u32, gid: u32) -> io::Result<()> {
    // SAFETY: gives rights up, in the only order in which that can be done.
    unsafe {
        check(libc::setgroups(0, std::ptr::null()))?;
        check(libc::setgid(gid))?;
        check(libc::setuid(uid))
    }
}

/// After the change of user, which would undo it: a fast shutdown when the starting thread ends.
/// In a process group of its own, so that ^C reaches us and we stop Postgres last.
fn die_with_parent() -> io::Result<()> {
    // SAFETY: sets two attributes of the calling process.
    unsafe {
        check(libc::setpgid(0, 0))?;
        check(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGINT))
    }
}

/// Lets `command` end when the thread that starts it does, however that ends.
pub(crate) fn end_with_us(command: &mut Command) {
    // SAFETY: between fork and exec only setpgid and prctl are called.
    unsafe { command.pre_exec(die_with_parent) };
}

/// Asks a process for a fast shutdown.
pub(crate) fn interrupt(pid: u32) {
    if let Ok(pid) = libc::pid_t::try_from(pid) {
        // SAFETY: sends a signal to a child that was not waited for yet, so the id is still its.
        unsafe { libc::kill(pid, libc::SIGINT) };
    }
}
