// What a printed page has to keep, checked in the page as it is printed on a sheet.
const found = [];
const say = (element, what) => found.push(`${what}: ${element.textContent.trim().slice(0, 60)}`);
const all = (selector) => [...document.querySelectorAll(selector)];
const seen = (element) => element.checkVisibility({ visibilityProperty: true });

// What only serves the screen is left out, what is folded is shown.
for (const one of all("nav, .skip, button, summary")) if (seen(one)) say(one, "printed for no one");
for (const one of all("details")) if (!one.open) say(one, "folded");
for (const field of all("input")) {
  if (seen(field) !== (field.value !== "")) say(field.closest(".field"), "an empty field, or a size that is missing");
}

// Nothing lies beside the sheet, and nothing is cut off.
const width = document.documentElement.clientWidth;
for (const one of all("main *")) {
  if (!seen(one) || one.closest("svg")) continue;
  const { right } = one.getBoundingClientRect();
  if (right > width + 1) say(one, `${Math.round(right - width)} pixels beside the sheet`);
}

// A picture is whole, or all of it is there in pieces that cut no text; each fits on a sheet, and each
// of a chart says at its top who stands below.
const part = (one) => one.querySelector("svg") ?? one;
const lines = (one) => part(one).viewBox.baseVal;
let pieces = 0;
for (const picture of all("svg.picture:not(.piece)")) {
  const rest = [];
  for (let next = picture.nextElementSibling; next?.matches("svg.piece"); next = next.nextElementSibling) rest.push(next);
  const shown = seen(picture) ? [picture] : rest;
  pieces += shown.length;
  if (rest.length && seen(picture)) say(picture, "whole and in pieces");
  const high = Number(picture.getAttribute("height"));
  let end = 0;
  for (const one of shown) {
    const { y, height } = lines(one);
    if (y !== end) say(picture, `a gap at ${end}`);
    end = y + height;
    const heads = picture.querySelector(":scope > g > g[id]");
    if (heads && y > 0) {
      const again = [...one.children].find((use) => use.getAttribute("href") === "#" + heads.id);
      if (!again) say(picture, `nobody is named over the piece at ${y}`);
      const room = part(one).y.baseVal.value;
      if (heads.getBBox().y + heads.getBBox().height > room) say(picture, `the names reach into the piece at ${y}`);
    }
    if (one.getBoundingClientRect().height > 960) say(picture, "higher than a sheet");
  }
  if (end !== high) say(picture, `it ends at ${end} of ${high}`);
  for (const text of picture.querySelectorAll("text")) {
    const y = Number(text.getAttribute("y"));
    const whole = shown.some((one) => lines(one).y <= y - 9 && y + 2 <= lines(one).y + lines(one).height);
    if (!whole) say(text, "cut through");
  }
  // Copies look like what they are copies of, though their styles see nothing around the group.
  if (rest.length) {
    const alone = document.body.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "svg"));
    const group = picture.querySelector(":scope > g");
    if (rest.some((one) => part(one).querySelector("use").getAttribute("href") !== "#" + group.id)) say(picture, "pieces of something else");
    const copies = alone.appendChild(group.cloneNode(true)).querySelectorAll("*");
    group.querySelectorAll("*").forEach((one, at) => {
      const [here, there] = [getComputedStyle(one), getComputedStyle(copies[at])];
      for (const what of ["fill", "stroke", "strokeDasharray", "fontSize", "fontFamily"]) {
        if (here[what] !== there[what]) say(one, `another ${what} in a piece`);
      }
    });
    alone.remove();
  }
}
return { found, pieces };
