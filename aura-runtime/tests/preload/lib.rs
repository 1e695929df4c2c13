//! A library that is loaded before the system's and lets the disk fail: the test `disk` compiles it by
//! itself, outside of the workspace, whose crates have no unsafe code.
//!
//! In, from the environment: `AURA_FAULT_MATCH`, a part of the path of the files that are meant;
//! `AURA_FAULT`, what fails; `AURA_FAULT_AT`, at which of its calls, counted from 1; `AURA_FAULT_FOR`, for
//! how many calls (1 if it is not given). Out: calls that fail as the system's would, and one line on
//! standard error when the first does.
//!
//! What fails: `full`, a write for want of room; `filling`, the same, of which the first call still writes
//! half; `write`, a write, with an error of the device; `torn`, the same once half is written; `short`, a
//! write that writes half and says so; `flush`, a flush, with an error of the device; `flush-full`, a
//! flush, for want of room.

use std::{
    ffi::{c_char, c_int, c_void},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, symbol: *const c_char) -> *mut c_void;
    fn readlink(path: *const c_char, into: *mut c_char, size: usize) -> isize;
    fn __errno_location() -> *mut c_int;
}

const NEXT: *mut c_void = -1isize as *mut c_void;
const EIO: c_int = 5;
const ENOSPC: c_int = 28;

struct Plan {
    part: Vec<u8>,
    kind: String,
    at: u64,
    length: u64,
}

static CALLS: AtomicU64 = AtomicU64::new(0);

fn plan() -> Option<&'static Plan> {
    static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
    let number = |name| std::env::var(name).ok()?.parse().ok();
    let read = || {
        Some(Plan {
            part: std::env::var("AURA_FAULT_MATCH").ok()?.into_bytes(),
            kind: std::env::var("AURA_FAULT").ok()?,
            at: number("AURA_FAULT_AT")?,
            length: number("AURA_FAULT_FOR").unwrap_or(1),
        })
    };
    PLAN.get_or_init(read).as_ref()
}

/// The kind of fault, if this call on this file is to fail.
fn fault(fd: c_int, flushes: bool) -> Option<&'static str> {
    let plan = plan()?;
    if flushes != plan.kind.starts_with("flush") {
        return None;
    }
    let link = format!("/proc/self/fd/{fd}\0");
    let mut path = [0u8; 512];
    // SAFETY: the link ends in zero, and the buffer is as long as it says.
    let length = unsafe { readlink(link.as_ptr().cast(), path.as_mut_ptr().cast(), path.len()) };
    let path = path.get(..usize::try_from(length).ok()?)?;
    // The shared index is rebuilt from the log; its failures are the log's.
    if path.ends_with(b"-shm") || !path.windows(plan.part.len()).any(|part| part == plan.part) {
        return None;
    }
    let call = CALLS.fetch_add(1, Ordering::SeqCst) + 1;
    if call == plan.at {
        eprintln!("fault {} at call {call}", plan.kind);
    }
    if !(plan.at..plan.at.saturating_add(plan.length)).contains(&call) {
        return None;
    }
    Some(match plan.kind.as_str() {
        "filling" if call == plan.at => "short",
        "filling" => "full",
        kind => kind,
    })
}

fn failed(code: c_int) {
    // SAFETY: the location is this thread's.
    unsafe { *__errno_location() = code }
}

macro_rules! real {
    ($name:literal as $signature:ty) => {{
        // SAFETY: the C library has a function of this name and signature.
        let found = unsafe { dlsym(NEXT, concat!($name, "\0").as_ptr().cast()) };
        unsafe { std::mem::transmute::<*mut c_void, $signature>(found) }
    }};
}

/// A write that is to fail in a way; `real` writes so many of its bytes.
fn fails(kind: &str, size: usize, real: impl FnOnce(usize) -> isize) -> isize {
    match kind {
        "short" if size > 1 => return real(size / 2),
        "short" => return real(size),
        "full" => failed(ENOSPC),
        "torn" => {
            real(size / 2);
            failed(EIO);
        }
        _ => failed(EIO),
    }
    -1
}

fn flush_fails(kind: &str) -> c_int {
    failed(if kind == "flush-full" { ENOSPC } else { EIO });
    -1
}

/// # Safety
/// As the system's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(fd: c_int, bytes: *const c_void, size: usize) -> isize {
    let real = real!("write" as unsafe extern "C" fn(c_int, *const c_void, usize) -> isize);
    match fault(fd, false) {
        None => unsafe { real(fd, bytes, size) },
        Some(kind) => fails(kind, size, |size| unsafe { real(fd, bytes, size) }),
    }
}

/// # Safety
/// As the system's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite64(fd: c_int, bytes: *const c_void, size: usize, at: i64) -> isize {
    let real = real!("pwrite64" as unsafe extern "C" fn(c_int, *const c_void, usize, i64) -> isize);
    match fault(fd, false) {
        None => unsafe { real(fd, bytes, size, at) },
        Some(kind) => fails(kind, size, |size| unsafe { real(fd, bytes, size, at) }),
    }
}

/// # Safety
/// As the system's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite(fd: c_int, bytes: *const c_void, size: usize, at: i64) -> isize {
    unsafe { pwrite64(fd, bytes, size, at) }
}

/// # Safety
/// As the system's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fsync(fd: c_int) -> c_int {
    let real = real!("fsync" as unsafe extern "C" fn(c_int) -> c_int);
    match fault(fd, true) {
        None => unsafe { real(fd) },
        Some(kind) => flush_fails(kind),
    }
}

/// # Safety
/// As the system's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fdatasync(fd: c_int) -> c_int {
    let real = real!("fdatasync" as unsafe extern "C" fn(c_int) -> c_int);
    match fault(fd, true) {
        None => unsafe { real(fd) },
        Some(kind) => flush_fails(kind),
    }
}
