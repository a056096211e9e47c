//! A disk that fails when it is told to, for the tests in `tests/tests/disk`: preloaded into a
//! program (`LD_PRELOAD`), it stands before the C library's `write`, `pwrite`, `fsync` and
//! `fdatasync` for files under one folder, and passes on everything else.
//!
//! | variable | is |
//! | --- | --- |
//! | `DISK_FAULT` | `STEP N WHAT`: what happens at the N-th `sync` or `write`, counted from 1 |
//! | `DISK_FAULT_UNDER` | which files are meant: those whose path begins so |
//! | `DISK_FAULT_TOLD` | a file to which the path of the file concerned is appended when it happens |
//!
//! | WHAT | the step |
//! | --- | --- |
//! | `eio` | is not done and fails with EIO |
//! | `torn` | writes the first half and fails with EIO |
//! | `torn-tail` | writes the second half alone, as a disk may that orders its blocks, and fails |
//! | `torn-kill` | writes the first half, and the process is killed |
//! | `full` | and each write after it that makes a file longer fails with ENOSPC |
//! | `lie` | and each of its kind after it is not done and succeeds: the deliberately wrong disk |
//!
//! It is compiled on its own by the tests, with nothing but std.
#![allow(unsafe_code, reason = "it takes the place of functions of the C library")]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

const EIO: c_int = 5;
const ENOSPC: c_int = 28;
const SIGKILL: c_int = 9;
/// The next of that name after this library: the C library's own.
const RTLD_NEXT: *mut c_void = -1_isize as *mut c_void;

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    fn __errno_location() -> *mut c_int;
    fn kill(process: c_int, signal: c_int) -> c_int;
    fn getpid() -> c_int;
    fn lseek(file: c_int, offset: i64, whence: c_int) -> i64;
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Sync,
    Write,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Eio,
    Torn,
    TornTail,
    TornKill,
    Full,
    Lie,
}

struct Plan {
    step: Step,
    at: u64,
    what: What,
    under: PathBuf,
    told: Option<PathBuf>,
    seen: AtomicU64,
}

/// What was ordered; none when nothing was, or it is not understood: the tests ask for its word.
fn plan() -> Option<&'static Plan> {
    static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
    PLAN.get_or_init(|| {
        let order = std::env::var("DISK_FAULT").ok()?;
        let mut words = order.split(' ');
        let step = match words.next()? {
            "sync" => Step::Sync,
            "write" => Step::Write,
            _ => return None,
        };
        let at = words.next()?.parse().ok()?;
        let what = match words.next()? {
            "eio" => What::Eio,
            "torn" => What::Torn,
            "torn-tail" => What::TornTail,
            "torn-kill" => What::TornKill,
            "full" => What::Full,
            "lie" => What::Lie,
            _ => return None,
        };
        let under = std::env::var_os("DISK_FAULT_UNDER")?.into();
        let told = std::env::var_os("DISK_FAULT_TOLD").map(PathBuf::from);
        Some(Plan { step, at, what, under, told, seen: AtomicU64::new(0) })
    })
    .as_ref()
}

/// What happens to this step on this file, if anything does. `grows`: whether it makes it longer.
fn fault(step: Step, file: c_int, grows: impl FnOnce() -> bool) -> Option<What> {
    let plan = plan().filter(|plan| plan.step == step)?;
    let path = std::fs::read_link(format!("/proc/self/fd/{file}")).ok()?;
    if !path.starts_with(&plan.under) {
        return None;
    }
    let number = plan.seen.fetch_add(1, Ordering::SeqCst) + 1;
    let happens = match plan.what {
        What::Full => number >= plan.at && grows(),
        What::Lie => number >= plan.at,
        What::Eio | What::Torn | What::TornTail | What::TornKill => number == plan.at,
    };
    if !happens {
        return None;
    }
    if let Some(told) = &plan.told {
        let told = std::fs::OpenOptions::new().create(true).append(true).open(told);
        // A test that finds nothing there fails.
        let _ = told.and_then(|mut file| writeln!(file, "{}", path.display()));
    }
    Some(plan.what)
}

fn failed(error: c_int) -> isize {
    // SAFETY: the C library's own place for this thread's error.
    unsafe { *__errno_location() = error };
    -1
}

/// The C library's function of that name.
fn real(name: &CStr, kept: &AtomicPtr<c_void>) -> *mut c_void {
    let known = kept.load(Ordering::Relaxed);
    if !known.is_null() {
        return known;
    }
    // SAFETY: a name that ends in zero; the C library has it, or this would not be called.
    let found = unsafe { dlsym(RTLD_NEXT, name.as_ptr()) };
    kept.store(found, Ordering::Relaxed);
    found
}

type Sync = unsafe extern "C" fn(c_int) -> c_int;
type Write = unsafe extern "C" fn(c_int, *const c_void, usize) -> isize;
type PositionedWrite = unsafe extern "C" fn(c_int, *const c_void, usize, i64) -> isize;

fn sync(name: &CStr, kept: &AtomicPtr<c_void>, file: c_int) -> c_int {
    match fault(Step::Sync, file, || true) {
        // SAFETY: the function of that name has this form.
        None => unsafe { std::mem::transmute::<*mut c_void, Sync>(real(name, kept))(file) },
        Some(What::Lie) => 0,
        Some(_) => failed(EIO) as c_int,
    }
}

/// Writes, with `put` for a part of the bytes: how many, from where on.
fn write_some(
    file: c_int,
    count: usize,
    at: impl FnOnce() -> i64,
    put: impl Fn(usize, usize) -> isize,
) -> isize {
    let grows = || {
        let size = std::fs::metadata(format!("/proc/self/fd/{file}")).map_or(0, |it| it.len());
        u64::try_from(at()).unwrap_or(0) + count as u64 > size
    };
    let half = count / 2;
    match fault(Step::Write, file, grows) {
        None => put(0, count),
        Some(What::Lie) => count as isize,
        Some(What::Full) => failed(ENOSPC),
        Some(What::Eio) => failed(EIO),
        Some(What::Torn) => {
            put(0, half);
            failed(EIO)
        }
        Some(What::TornTail) => {
            put(half, count - half);
            failed(EIO)
        }
        Some(What::TornKill) => {
            put(0, half);
            // SAFETY: a signal to this very process.
            unsafe { kill(getpid(), SIGKILL) };
            failed(EIO)
        }
    }
}

fn positioned(
    name: &CStr,
    kept: &AtomicPtr<c_void>,
    file: c_int,
    bytes: *const c_void,
    count: usize,
    offset: i64,
) -> isize {
    write_some(
        file,
        count,
        || offset,
        |from, len| {
            // SAFETY: the function of that name has this form, and the part is within the bytes given.
            unsafe {
                std::mem::transmute::<*mut c_void, PositionedWrite>(real(name, kept))(
                    file,
                    bytes.add(from),
                    len,
                    offset + from as i64,
                )
            }
        },
    )
}

/// As the C library's.
#[unsafe(no_mangle)]
pub extern "C" fn fsync(file: c_int) -> c_int {
    static REAL: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());
    sync(c"fsync", &REAL, file)
}

/// As the C library's.
#[unsafe(no_mangle)]
pub extern "C" fn fdatasync(file: c_int) -> c_int {
    static REAL: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());
    sync(c"fdatasync", &REAL, file)
}

/// As the C library's.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(file: c_int, bytes: *const c_void, count: usize) -> isize {
    static REAL: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());
    // SAFETY: it only asks where the file stands.
    let at = || unsafe { lseek(file, 0, 1) };
    write_some(file, count, at, |from, len| {
        if from > 0 {
            // SAFETY: it only moves on in the file, which then has a hole.
            unsafe { lseek(file, from as i64, 1) };
        }
        // SAFETY: the function of that name has this form, and the part is within the bytes given.
        unsafe {
            std::mem::transmute::<*mut c_void, Write>(real(c"write", &REAL))(
                file,
                bytes.add(from),
                len,
            )
        }
    })
}

/// As the C library's.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite(
    file: c_int,
    bytes: *const c_void,
    count: usize,
    offset: i64,
) -> isize {
    static REAL: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());
    positioned(c"pwrite", &REAL, file, bytes, count, offset)
}

/// As the C library's.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite64(
    file: c_int,
    bytes: *const c_void,
    count: usize,
    offset: i64,
) -> isize {
    static REAL: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());
    positioned(c"pwrite64", &REAL, file, bytes, count, offset)
}
