//! Machines as pictures.
//!
//! In: a machine. Out: a [`Picture`]: a box for each state, the actions on the ways between them,
//! timers as broken lines. Actions that lead from one state to one other stand below each other on
//! one way.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Picture;
use super::canvas::{Anchor, Canvas, Point};
use super::layers::{Graph, Route, layout};
use super::measure::{LABEL, ROW, height, lines, widest, width};
use super::sheet::Place;
use crate::emit::action::{notation, sent};
use crate::emit::flow::ends;
use crate::emit::name::Names;
use crate::emit::text::kind;
use crate::local::{Action, Machine, State, StateIndex};

/// A label is broken where it is wider.
const ROOM: i32 = 250;
const MOST: usize = 3;
/// The height of a state, and the room around its name.
const STATE: (i32, i32) = (28, 22);
/// From the middle of a state to where a way upwards begins or ends.
const ASIDE: i32 = 11;
/// Places that a machine may take before it is too large to be read as a picture.
const LARGEST: usize = 4000;
/// Above the first state, for the mark of where all begins; below the last one.
const ABOVE: i32 = 30;
const BELOW: i32 = 4;

/// A way between two states: its lines, and whether they are a timer's.
struct Way {
    from: StateIndex,
    to: StateIndex,
    label: Vec<(String, &'static str)>,
    late: bool,
}

/// Draws a machine.
pub(super) fn draw(names: &Names, machine: &Machine) -> Picture {
    let owner = names.owner(&machine.owner);
    let title = format!("{owner}, state by state");
    let ways = ways(names, machine);
    let own: Vec<i32> = (0..machine.states.len())
        .map(|state| own_room(&ways, state))
        .collect();
    let graph = Graph {
        boxes: (0..machine.states.len())
            .map(|state| {
                let w = width(&name(state), LABEL) + STATE.1;
                // What leads back to its own state hangs at its right, so both sides get the room.
                (w + 2 * own[state], STATE.0)
            })
            .collect(),
        ways: ways
            .iter()
            .map(|way| (way.from, way.to, size(way)))
            .collect(),
    };
    let Some(layout) = layout(&graph, LARGEST) else {
        return too_large(machine, title);
    };
    let mut canvas = Canvas::default();
    for (way, route) in ways.iter().zip(&layout.routes) {
        match route {
            Some(route) => draw_way(&mut canvas, way, route),
            None => draw_own(&mut canvas, way, layout.boxes[way.from]),
        }
    }
    for (index, place) in layout.boxes.iter().enumerate() {
        draw_state(&mut canvas, &machine.states[index], index, *place);
    }
    if let Some(first) = layout.boxes.first() {
        let (x, y) = (first.x, first.top() + ABOVE);
        canvas.circle("tip", (x, y - 22), 4);
        canvas.line("way", (x, y - 22), (x, y - 7));
        canvas.head("tip", (x, y - 1), (0, 1));
    }
    Picture {
        title,
        description: description(machine, &ways, &owner),
        width: layout.width.max(60),
        height: layout.height + ABOVE + BELOW,
        taken: canvas.taken,
        body: canvas.out,
        heads: None,
    }
}

fn name(state: StateIndex) -> String {
    format!("S{state}")
}

/// The ways of a machine; those with the same ends are one, unless one is a timer's.
fn ways(names: &Names, machine: &Machine) -> Vec<Way> {
    let mut ways: Vec<Way> = Vec::new();
    let mut known = BTreeMap::new();
    let mut add = |from, to, text: &str, class: &'static str, late: bool| {
        let at = *known.entry((from, to, late)).or_insert_with(|| {
            ways.push(Way {
                from,
                to,
                label: Vec::new(),
                late,
            });
            ways.len() - 1
        });
        let text = lines(text, LABEL, ROOM, MOST).into_iter();
        ways[at].label.extend(text.map(|line| (line, class)));
    };
    for (from, state) in machine.states.iter().enumerate() {
        if ends(state) {
            continue;
        }
        for transition in &state.transitions {
            let text = notation(names, &machine.owner, &transition.action);
            add(from, transition.to, &text, class(&transition.action), false);
        }
        if let Some(timer) = &state.timer {
            let lasting = &names.protocol.timers[timer.timer.index()];
            add(from, timer.late, &format!("after {lasting}"), "event", true);
        }
        if let Some(turn) = &state.turn {
            let (counter, limit) = (names.index(turn.counter), names.size(&turn.limit));
            let again = format!("{counter} + 1 < {limit}");
            add(from, turn.again, &again, "event", false);
            add(from, turn.done, "else", "event", false);
        }
    }
    ways
}

/// What an action does to others, as a class.
fn class(action: &Action) -> &'static str {
    match action {
        Action::Receive { .. } | Action::Gather { .. } => "receive",
        action if sent(action).is_some() => "send",
        _ => "event",
    }
}

fn size(way: &Way) -> (i32, i32) {
    let widths = way.label.iter().map(|(line, _)| width(line, LABEL));
    (widths.max().unwrap_or(0) + 8, height(way.label.len()) + 4)
}

/// The room beside a state for what leads back to it.
fn own_room(ways: &[Way], state: StateIndex) -> i32 {
    let own = ways
        .iter()
        .filter(|way| way.from == state && way.to == state);
    own.map(|way| size(way).0 + 30).max().unwrap_or(0)
}

fn draw_way(canvas: &mut Canvas, way: &Way, route: &Route) {
    let class = if way.late { "way late" } else { "way" };
    let shifted = |place: Place| Place {
        y: place.y + ABOVE,
        ..place
    };
    let through: Vec<Place> = route.through.iter().map(|place| shifted(*place)).collect();
    let last = through.len() - 1;
    // Where a way is gone upwards it keeps clear of those that are gone down.
    let aside = |state: Place, next: Place| if next.x < state.x { -ASIDE } else { ASIDE };
    let (mut begin_x, mut end_x) = (through[0].x, through[last].x);
    if route.upwards {
        begin_x += aside(through[0], through[1]);
        end_x += aside(through[last], through[last - 1]);
    }
    let mut path = String::new();
    for (at, pair) in through.windows(2).enumerate() {
        let (upper, lower) = (pair[0], pair[1]);
        let mut begin = (if at == 0 { begin_x } else { upper.x }, upper.bottom());
        let mut to = (if at + 1 == last { end_x } else { lower.x }, lower.top());
        // The head of the arrow is drawn by itself.
        if at + 1 == last && !route.upwards {
            to.1 -= 7;
        }
        if at == 0 && route.upwards {
            begin.1 += 7;
        }
        if at == 0 || at == route.label {
            let _ = write!(path, "M{} {}", begin.0, begin.1);
        } else {
            let _ = write!(path, "L{} {}", begin.0, begin.1);
        }
        curve(&mut path, begin, to);
    }
    canvas.path(class, &path);
    if route.upwards {
        canvas.head("tip", (begin_x, through[0].bottom() + 1), (0, -1));
    } else {
        canvas.head("tip", (end_x, through[last].top() - 1), (0, 1));
    }
    let label = through[route.label];
    write_label(canvas, way, Anchor::Middle, (label.x, label.top() + 2));
}

/// From one point to another, straight down at both ends.
fn curve(path: &mut String, (x1, y1): Point, (x2, y2): Point) {
    if x1 == x2 {
        let _ = write!(path, "V{y2}");
    } else {
        let middle = i32::midpoint(y1, y2);
        let _ = write!(path, "C{x1} {middle} {x2} {middle} {x2} {y2}");
    }
}

fn write_label(canvas: &mut Canvas, way: &Way, anchor: Anchor, (x, y): Point) {
    let base = (y + LABEL - 1..).step_by(ROW as usize);
    for ((line, class), y) in way.label.iter().zip(base) {
        canvas.text(class, anchor, (x, y), line);
    }
}

/// A way that leads back to its own state.
fn draw_own(canvas: &mut Canvas, way: &Way, place: Place) {
    let class = if way.late { "way late" } else { "way" };
    let box_width = width(&name(way.from), LABEL) + STATE.1;
    let (x, y) = (place.x + box_width / 2, place.y + ABOVE);
    canvas.path(
        class,
        &format!(
            "M{x} {}C{} {} {} {} {} {}",
            y - 8,
            x + 26,
            y - 14,
            x + 26,
            y + 14,
            x + 7,
            y + 8
        ),
    );
    canvas.head("tip", (x + 1, y + 8), (-1, 0));
    let top = y - height(way.label.len()) / 2;
    write_label(canvas, way, Anchor::Start, (x + 26, top));
}

fn draw_state(canvas: &mut Canvas, state: &State, index: StateIndex, place: Place) {
    let name = name(index);
    let w = width(&name, LABEL) + STATE.1;
    let (x, y) = (place.x - w / 2, place.top() + ABOVE);
    let round = if state.turn.is_some() { 3 } else { STATE.0 / 2 };
    canvas.rect(
        &format!("state {}", kind(state)),
        (x, y),
        (w, STATE.0),
        round,
    );
    if ends(state) {
        canvas.rect("ring", (x + 3, y + 3), (w - 6, STATE.0 - 6), round - 3);
    }
    canvas.text("strong", Anchor::Middle, (place.x, y + 18), &name);
}

fn description(machine: &Machine, ways: &[Way], owner: &str) -> String {
    let mut text = format!(
        "A state machine of {} states, for {owner}: ",
        machine.states.len()
    );
    let all: Vec<String> = ways
        .iter()
        .map(|way| {
            let lines: Vec<&str> = way.label.iter().map(|(line, _)| line.as_str()).collect();
            format!(
                "{} to {}: {}",
                name(way.from),
                name(way.to),
                lines.join(" ")
            )
        })
        .collect();
    text.push_str(&all.join("; "));
    text.push('.');
    text
}

/// A machine of hundreds of states is no picture that anybody reads.
fn too_large(machine: &Machine, title: String) -> Picture {
    let text = format!(
        "{} states: too many for a picture. Its table lists them.",
        machine.states.len()
    );
    let shown = lines(&text, LABEL, 2 * ROOM, 2);
    let mut canvas = Canvas::default();
    let base = (ROW..).step_by(ROW as usize);
    for (line, y) in shown.iter().zip(base) {
        canvas.text("", Anchor::Start, (0, y), line);
    }
    Picture {
        title,
        description: text,
        width: widest(&shown, LABEL),
        height: height(shown.len()) + 6,
        taken: canvas.taken,
        body: canvas.out,
        heads: None,
    }
}
