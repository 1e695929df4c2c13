//! Faults that are planted on purpose, to see whether a test would notice.
//!
//! In: a copy of a crate's sources and the faults. Out: the same sources with every fault in them,
//! each asleep until `AURA_PLANTED` has its name, so that one build serves all. A fault whose text
//! does not stand in the source, once, is an error: it must move with the code that it breaks.

use std::fs;
use std::path::Path;

use crate::Outcome;

/// A way to break a crate: in `file` below its sources, the only `from` becomes `to`, in which
/// `PLANTED` asks whether the fault is awake.
#[derive(Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) file: &'static str,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
}

const SWITCH: &str = "
/// Whether a planted fault is awake.
pub(crate) fn planted(name: &str) -> bool {
    static AWAKE: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    AWAKE.get_or_init(|| std::env::var(\"AURA_PLANTED\").unwrap_or_default()) == name
}
";

/// Writes every fault into a copy of a crate's sources.
pub(crate) fn plant(sources: &Path, faults: &[Fault]) -> Outcome {
    add_switch(&sources.join("lib.rs"))?;
    for fault in faults {
        let path = sources.join(fault.file);
        let text = fs::read_to_string(&path)?;
        if !stands_in(&text, fault) {
            return Err(format!("{}: {} has moved on", fault.name, fault.file).into());
        }
        let awake = format!("crate::planted({:?})", fault.name);
        let broken = fault.to.replace("PLANTED", &awake);
        fs::write(&path, text.replace(fault.from, &broken))?;
    }
    Ok(())
}

/// Lets a crate ask whether a fault is awake.
pub(crate) fn add_switch(root: &Path) -> Outcome {
    let text = fs::read_to_string(root)?;
    fs::write(root, text + SWITCH)?;
    Ok(())
}

/// Whether a source has the text that a fault breaks, once.
fn stands_in(source: &str, fault: &Fault) -> bool {
    source.matches(fault.from).count() == 1
}

/// Copies a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) -> Outcome {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// That every fault still breaks something.
#[cfg(test)]
pub(crate) fn assert_all_stand(sources: &Path, faults: &[Fault]) {
    for fault in faults {
        let text = fs::read_to_string(sources.join(fault.file)).expect(fault.file);
        assert!(stands_in(&text, fault), "{}: {}", fault.name, fault.file);
    }
}
