//! Costs and leakage that follow the sizes which the reader fills in.
//!
//! In: the accounts of an audit, symbolic. Out: a field for each size, tables with the bounds as the
//! text prints them, and the same bounds as data for the script. What holds: a cell names its bound
//! by number, so the script only ever computes what stands in the data; coefficients are decimal
//! strings, since they may outgrow the script's own numbers.

use std::fmt::Write as _;

use serde::Serialize;

use super::article::View;
use super::write::Writer;
use crate::audit::{Account, Amount, Bound, Range, SymbolKind, Symbols, Unit, Var};
use crate::emit::audit::{line_of, silent, whole};
use crate::emit::name::observer;
use crate::escape::markup;
use crate::global::Size;

/// What the script reads.
#[derive(Default, Serialize)]
struct Data {
    symbols: Vec<Symbol>,
    /// By number: least, needed, most.
    ranges: Vec<[Value; 3]>,
    /// By number: whether the range is in millionths.
    millionths: Vec<bool>,
}

#[derive(Serialize)]
struct Symbol {
    name: String,
    /// Where it is a size that the reader fills in.
    size: Option<Limits>,
    /// Where it is what a split leaves: the whole and the part.
    rest: Option<[Term; 2]>,
}

#[derive(Serialize)]
struct Limits {
    at_least: String,
    at_most: Vec<Term>,
}

/// A size: a number, a symbol by its position, or a difference.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Term {
    Number(String),
    Symbol(usize),
    Difference(Box<[Term; 2]>),
}

#[derive(Serialize)]
struct Value {
    exact: bool,
    /// Coefficients, and the powers of symbols by their positions.
    terms: Vec<(String, Vec<(usize, u32)>)>,
}

/// The fields and tables of a protocol.
pub(super) fn write(view: &View<'_>, out: &mut Writer) {
    let symbols = &view.audit.symbols;
    let mut tables = Writer::default();
    let mut data = Data {
        symbols: symbols
            .iter()
            .map(|(_, symbol)| self::symbol(view, symbol))
            .collect(),
        ..Data::default()
    };
    account(view, &mut tables, &mut data, &view.audit.cost, "Cost");
    let mut leaks = false;
    for leak in &view.audit.leakage {
        if !silent(&leak.account) {
            let caption = format!("Leakage to {}", observer(leak.observer));
            account(view, &mut tables, &mut data, &leak.account, &caption);
            leaks = true;
        }
    }
    if !leaks {
        tables.element("p", "", "Nothing leaks.");
    }
    let mut sums = Writer::default();
    meanings(view, &mut sums, &mut data);
    if data.symbols.iter().any(|symbol| symbol.size.is_some()) {
        fields(view, out, &data);
    }
    out.raw(&sums.out);
    out.raw(&tables.out);
    let json = serde_json::to_string(&data).unwrap_or_default();
    // Nothing in a script of data can end it or open another one.
    let json = json
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026");
    out.raw(&format!(
        "<script type=\"application/json\" id=\"{}-data\">{json}</script>\n",
        view.anchor
    ));
}

fn symbol(view: &View<'_>, symbol: &crate::audit::Symbol) -> Symbol {
    let symbols = &view.audit.symbols;
    let protocol = view.subject.protocol;
    let size = match &symbol.kind {
        SymbolKind::Size(id) if !protocol.given.contains_key(id) => {
            let declared = &protocol.sizes[id.index()];
            Some(Limits {
                at_least: declared.at_least.to_string(),
                at_most: declared
                    .at_most
                    .iter()
                    .map(|most| term(symbols, most))
                    .collect(),
            })
        }
        _ => None,
    };
    let rest = match &symbol.kind {
        SymbolKind::Rest(of, part) => Some([term(symbols, of), term(symbols, part)]),
        _ => None,
    };
    Symbol {
        name: symbol.name.clone(),
        size,
        rest,
    }
}

fn term(symbols: &Symbols, size: &Size) -> Term {
    match size {
        Size::Number(number) => Term::Number(number.to_string()),
        Size::Symbol(_) => {
            let var = symbols.of_size(size);
            // Every symbol of a size has a variable; none would be a size without a value.
            Term::Symbol(var.map_or(usize::MAX, Var::index))
        }
        Size::Difference(of, part) => {
            Term::Difference(Box::new([term(symbols, of), term(symbols, part)]))
        }
    }
}

fn value(bound: &Bound) -> Value {
    let term = |(powers, coefficient): (Vec<(Var, u32)>, &num_bigint::BigInt)| {
        let powers = powers.into_iter();
        let powers = powers.map(|(var, power)| (var.index(), power));
        (coefficient.to_string(), powers.collect())
    };
    Value {
        exact: bound.exact,
        terms: bound.value.terms().into_iter().map(term).collect(),
    }
}

/// A field for each size.
fn fields(view: &View<'_>, out: &mut Writer, data: &Data) {
    let anchor = view.anchor;
    let mut html = format!(
        "<form class=\"sizes\" data-audit=\"{anchor}-data\" aria-labelledby=\"{anchor}-sizes\">\n\
         <p id=\"{anchor}-sizes\" class=\"legend\">Sizes: fill in some, and the bounds follow.</p>\n\
         <div class=\"fields\">\n"
    );
    for (at, symbol) in data.symbols.iter().enumerate() {
        let Some(limits) = &symbol.size else {
            continue;
        };
        let given = view.unit.sizes.get(&symbol.name);
        let given = given.map_or(String::new(), ToString::to_string);
        let _ = writeln!(
            html,
            "<span class=\"field\"><label for=\"{anchor}-n{at}\">{}</label>\n\
             <input id=\"{anchor}-n{at}\" name=\"s{at}\" inputmode=\"numeric\" autocomplete=\"off\" \
             maxlength=\"20\" placeholder=\"at least {}\" value=\"{given}\" \
             aria-describedby=\"{anchor}-said\"></span>",
            markup(&symbol.name),
            limits.at_least
        );
    }
    html += "<button type=\"reset\">Clear</button>\n</div>\n";
    let _ = writeln!(
        html,
        "<p class=\"said\" role=\"status\" id=\"{anchor}-said\"></p>\n</form>"
    );
    out.raw(&html);
}

/// What the symbols stand for that are no sizes.
fn meanings(view: &View<'_>, out: &mut Writer, data: &mut Data) {
    let symbols = &view.audit.symbols;
    let mut list = String::new();
    for (_, symbol) in symbols.iter() {
        let meaning = match &symbol.kind {
            SymbolKind::Size(_) | SymbolKind::Rest(..) => continue,
            SymbolKind::Rounds(span) => {
                let line = line_of(view.subject, *span);
                format!("rounds of the loop in line {}", markup(&line))
            }
            SymbolKind::Sum(sum) => {
                let bound = Bound {
                    value: sum.clone(),
                    exact: true,
                };
                let text = sum.display(symbols, Unit::One);
                let number = push(data, [&bound; 3], Unit::One);
                format!(
                    "<span data-range=\"{number}\" data-part=\"most\">{}</span>",
                    markup(&text)
                )
            }
        };
        let _ = writeln!(
            list,
            "<dt>{}</dt>\n<dd>{meaning}</dd>",
            markup(&symbol.name)
        );
    }
    if !list.is_empty() {
        out.raw(&format!("<dl>\n{list}</dl>\n"));
    }
}

fn push(data: &mut Data, bounds: [&Bound; 3], unit: Unit) -> usize {
    data.ranges.push(bounds.map(value));
    data.millionths.push(unit == Unit::Millionth);
    data.ranges.len() - 1
}

/// The rows of an amount: who, when, and the ranges of all and of each member.
struct Rows<'a> {
    from: String,
    to: String,
    times: Vec<(String, &'a Range, Option<&'a Range>)>,
}

impl<'a> Rows<'a> {
    fn new(from: String, to: String, amount: &'a Amount, member: Option<&'a Amount>) -> Self {
        let mut times = Vec::new();
        if let Some(complete) = &amount.complete {
            let each = member.and_then(|member| member.complete.as_ref());
            times.push((String::new(), complete, each));
        }
        for (at, rounds) in amount.endless.iter().enumerate() {
            let each = member.and_then(|member| member.endless.get(at));
            let name = &rounds.name;
            let before = each.map(|each| &each.before);
            times.push((format!("before {name}"), &rounds.before, before));
            let round = each.map(|each| &each.round);
            times.push((format!("each round of {name}"), &rounds.round, round));
        }
        Self { from, to, times }
    }
}

fn account(view: &View<'_>, out: &mut Writer, data: &mut Data, account: &Account, caption: &str) {
    let names = &view.names;
    let run = Rows::new("run".into(), String::new(), &account.run, None);
    let parties = account.roles.iter().chain(&account.pairs).map(|row| {
        let peer = row.peer.map(|peer| whole(names, peer));
        let from = whole(names, row.role);
        Rows::new(
            from,
            peer.unwrap_or_default(),
            &row.amount,
            row.per_member.as_ref(),
        )
    });
    let all: Vec<Rows> = std::iter::once(run).chain(parties).collect();
    let rows = || all.iter().flat_map(|rows| &rows.times);
    let when = rows().any(|(when, ..)| !when.is_empty());
    let each = rows().any(|(.., each)| each.is_some());
    out.open_table(caption);
    out.raw("<tr><th scope=\"col\">from</th><th scope=\"col\">to</th>");
    if when {
        out.raw("<th scope=\"col\">when</th>");
    }
    out.raw("<th scope=\"col\">at least</th><th scope=\"col\">at most</th>");
    if each {
        out.raw("<th scope=\"col\">each member at least</th>");
        out.raw("<th scope=\"col\">each member at most</th>");
    }
    out.raw("</tr>\n</thead>\n<tbody>\n");
    let symbols = &view.audit.symbols;
    let unit = account.measure.unit();
    for Rows { from, to, times } in &all {
        for (moment, range, member) in times {
            out.raw("<tr><th scope=\"row\">");
            out.code(from);
            out.raw("</th><td>");
            out.code(to);
            out.raw("</td>");
            if when {
                out.raw("<td>");
                out.text(moment);
                out.raw("</td>");
            }
            bounds(out, data, symbols, range, unit);
            match member {
                Some(range) => bounds(out, data, symbols, range, unit),
                None if each => out.raw("<td></td><td></td>"),
                None => {}
            }
            out.raw("</tr>\n");
        }
    }
    out.close_table();
}

/// The two cells of a range. Of a quorum the least is what it needs.
fn bounds(out: &mut Writer, data: &mut Data, symbols: &Symbols, range: &Range, unit: Unit) {
    let number = push(data, [&range.best, &range.needed, &range.worst], unit);
    let least = if range.has_quorum() {
        format!("{} needed", range.needed_text(symbols, unit))
    } else {
        range.best_text(symbols, unit)
    };
    for (part, text) in [("least", least), ("most", range.worst_text(symbols, unit))] {
        out.raw(&format!(
            "<td class=\"bound\" data-range=\"{number}\" data-part=\"{part}\">{}</td>",
            markup(&text)
        ));
    }
}
