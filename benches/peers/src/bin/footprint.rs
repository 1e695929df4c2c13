//! What a message allocates, and what a session takes to create and to keep.
//!
//! Out: lines of fields separated by tabs: what, figure, unit. Allocations are counted by this
//! program's allocator over two runs of different lengths, so that what a session needs once falls
//! out; memory is the resident set of the process.

use std::{
    alloc::{GlobalAlloc, Layout, System as Heap},
    fs,
    sync::atomic::{AtomicU64, Ordering},
};

use aura_peers::{
    scenario::{Failure, Scenario},
    systems::{self, aura},
};

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is the system's; the counter is beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { Heap.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { Heap.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { Heap.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static HEAP: Counting = Counting;

/// Sessions that are opened.
const SESSIONS: u64 = 10_000;

fn main() -> Result<(), Failure> {
    for system in systems::all() {
        for (scenario, run) in Scenario::ALL.into_iter().zip(system.runs) {
            let Some(run) = run else { continue };
            let count = |turns| -> Result<u64, Failure> {
                let before = ALLOCATIONS.load(Ordering::Relaxed);
                run(turns)?;
                Ok(ALLOCATIONS.load(Ordering::Relaxed) - before)
            };
            count(100)?;
            let more = count(2_000)?.saturating_sub(count(1_000)?);
            let each = ratio(more, 1_000 * scenario.messages());
            println!(
                "{}, {}\t{each:.2}\tallocations a message",
                system.name,
                scenario.name()
            );
        }
    }
    aura::in_one_process(100)?;
    let before = resident()?;
    let (sessions, took) = aura::in_one_process(SESSIONS)?;
    println!(
        "sessions in one process, both seats\t{:.1}\tMB for {SESSIONS}",
        ratio(resident()? - before, 1_000_000)
    );
    println!(
        "a session in one process, both seats\t{:.2}\tus to create",
        micros(took)
    );
    drop(sessions);
    let before = resident()?;
    let took = aura::over_nodes(SESSIONS, |_| {
        let held = resident().unwrap_or(0).saturating_sub(before);
        println!(
            "sessions between two nodes, both nodes\t{:.1}\tMB for {SESSIONS}",
            ratio(held, 1_000_000)
        );
    })?;
    println!(
        "a session between two nodes, handshake and signatures included\t{:.2}\tus to create",
        micros(took)
    );
    Ok(())
}

fn micros(took: std::time::Duration) -> f64 {
    took.as_secs_f64() * 1e6 / ratio(SESSIONS, 1)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "figures of a table, far below 2^52"
)]
fn ratio(above: u64, below: u64) -> f64 {
    above as f64 / below as f64
}

/// Resident bytes.
fn resident() -> Result<u64, Failure> {
    let pages = fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = pages.split(' ').nth(1).ok_or("no resident set")?.parse()?;
    Ok(pages * 4096)
}
