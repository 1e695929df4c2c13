"use strict";
// Recomputes the bounds of an audit at the sizes that are filled in, exactly as the compiler
// prints them: integers without limit, the same order of terms, the same marks. Texts are only
// ever written as texts.
(() => {
  const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const raised = (power) => (power === 1 ? "" : [...String(power)].map((d) => digits[+d]).join(""));

  const decimal = (number, millionths) => {
    const text = String(number);
    if (!millionths) return text;
    const padded = text.padStart(7, "0");
    const fraction = padded.slice(-6).replace(/0+$/, "");
    return padded.slice(0, -6) + (fraction && "." + fraction);
  };

  // A size where all its symbols have a value; a difference is never negative.
  const size = (term, sizes) => {
    if ("number" in term) return BigInt(term.number);
    if ("symbol" in term) return sizes.get(term.symbol);
    const [whole, part] = term.difference.map((side) => size(side, sizes));
    if (whole === undefined || part === undefined) return undefined;
    return whole > part ? whole - part : 0n;
  };

  const valueOf = (data, at, sizes) => {
    const symbol = data.symbols[at];
    if (symbol.rest) return size({ difference: symbol.rest }, sizes);
    return symbol.size ? sizes.get(at) : undefined;
  };

  // The terms that are left, in the order of the compiler: the highest degree first, then the order
  // of the symbols.
  const substituted = (data, terms, sizes) => {
    const sums = new Map();
    for (const [coefficient, powers] of terms) {
      let product = BigInt(coefficient);
      const kept = [];
      for (const [at, power] of powers) {
        const value = valueOf(data, at, sizes);
        if (value === undefined) kept.push([at, power]);
        else product *= value ** BigInt(power);
      }
      const key = JSON.stringify(kept);
      sums.set(key, (sums.get(key) ?? 0n) + product);
    }
    const degree = (powers) => powers.reduce((sum, [, power]) => sum + power, 0);
    const order = (a, b) => {
      for (let i = 0; i < Math.min(a.length, b.length); i++) {
        if (a[i][0] !== b[i][0]) return a[i][0] - b[i][0];
        if (a[i][1] !== b[i][1]) return a[i][1] - b[i][1];
      }
      return a.length - b.length;
    };
    return [...sums]
      .filter(([, coefficient]) => coefficient !== 0n)
      .map(([key, coefficient]) => [JSON.parse(key), coefficient])
      .sort(([a], [b]) => degree(b) - degree(a) || order(a, b));
  };

  const polynomial = (data, terms, millionths) => {
    let text = "";
    for (const [powers, coefficient] of terms) {
      const negative = coefficient < 0n;
      text += text ? (negative ? " - " : " + ") : negative ? "-" : "";
      const number = decimal(negative ? -coefficient : coefficient, millionths);
      const factors = powers.map(([at, power]) => data.symbols[at].name + raised(power));
      if (!factors.length || number !== "1") factors.push(number);
      text += factors.join("·");
    }
    return text || "0";
  };

  const same = (a, b) =>
    a.length === b.length &&
    a.every(([powers, coefficient], i) =>
      coefficient === b[i][1] && JSON.stringify(powers) === JSON.stringify(b[i][0]));

  const shown = (data, number, part, sizes) => {
    const millionths = data.millionths[number];
    const [least, needed, most] = data.ranges[number].map((bound) => ({
      exact: bound.exact,
      terms: substituted(data, bound.terms, sizes),
    }));
    const marked = (bound, mark) => (bound.exact ? "" : mark) + polynomial(data, bound.terms, millionths);
    if (part === "most") return marked(most, "≤ ");
    if (!same(least.terms, needed.terms)) return marked(needed, "≥ ") + " needed";
    return marked(least, "≥ ");
  };

  // The sizes that are filled in, and what is wrong with each that does not fit.
  const read = (data, fields) => {
    const sizes = new Map();
    const wrong = new Map();
    for (const [at, field] of fields) {
      const text = field.value.trim();
      if (/^[0-9]{1,20}$/.test(text) && BigInt(text) < 2n ** 64n) sizes.set(at, BigInt(text));
      else if (text) wrong.set(at, "is not a whole number below 2^64");
    }
    for (const [at, value] of sizes) {
      const limits = data.symbols[at].size;
      if (value < BigInt(limits.at_least)) wrong.set(at, "is at least " + limits.at_least);
      for (const term of limits.at_most) {
        const most = size(term, sizes);
        if (most !== undefined && value > most) wrong.set(at, "is at most " + most);
      }
    }
    return [sizes, wrong];
  };

  for (const form of document.querySelectorAll("form.sizes")) {
    const data = JSON.parse(document.getElementById(form.dataset.audit).textContent);
    const section = form.closest("section");
    const cells = [...section.querySelectorAll("[data-range]")];
    const said = form.querySelector("[role=status]");
    const fields = new Map(
      [...form.querySelectorAll("input")].map((field) => [Number(field.name.slice(1)), field]));
    const update = () => {
      const [sizes, wrong] = read(data, fields);
      for (const [at, field] of fields) {
        if (wrong.has(at)) field.setAttribute("aria-invalid", "true");
        else field.removeAttribute("aria-invalid");
      }
      said.textContent = [...wrong].map(([at, why]) => `${data.symbols[at].name} ${why}`).join("; ");
      // At sizes that cannot be, nothing is claimed.
      const known = wrong.size ? new Map() : sizes;
      for (const cell of cells) {
        cell.textContent = shown(data, Number(cell.dataset.range), cell.dataset.part, known);
      }
    };
    form.addEventListener("input", update);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(update));
    if ([...fields.values()].some((field) => field.value)) update();
  }

  // What is folded is printed all the same, and folded again behind it.
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = [...document.querySelectorAll("details:not([open])")];
    for (const details of unfolded) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of unfolded) details.open = false;
    unfolded = [];
  });
})();
