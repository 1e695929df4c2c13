//! What each role does: its machine as a picture, what it sends on which terms, and its local type.
//!
//! In: the machines of a protocol. Out: a part for each that is not a thread, with its threads.

use super::article::View;
use super::write::Writer;
use crate::emit::local::local_type;
use crate::emit::{svg, text};

/// Every role, or the one that was asked for.
pub(super) fn write(view: &View<'_>, out: &mut Writer) {
    let subject = view.subject;
    let Some(locals) = subject.locals else {
        return;
    };
    for (position, machine) in subject.machines(&view.names, view.unit.role) {
        let owner = view.names.owner(&machine.owner);
        out.open_section(4, &format!("{}m{position}", view.anchor), &owner);
        for (at, picture) in svg::machines(subject, &view.names, position)
            .iter()
            .enumerate()
        {
            if at > 0 {
                out.element("h5", "", &picture.title);
            }
            view.picture(out, picture, &format!("machine{}", position + at));
        }
        let (states, guards) = text::tables(subject, &view.names, position);
        let caption = format!("What {owner} sends, and on which terms");
        out.table(&caption, &guards, &["line"], |line| view.line(line));
        let name = format!("{owner} as a local type");
        out.aside(
            "As a local type",
            &name,
            &local_type(&view.names, locals, position),
        );
        out.raw("<details>\n<summary>State by state</summary>\n");
        out.table(&format!("The states of {owner}"), &states, &[], |_| None);
        out.close("details");
        out.close("section");
    }
}
