// What a page for everybody has to keep, checked in the page itself: the rules of WCAG 2.2 that can
// be decided by looking. Returns sentences about what breaks one.
const found = [];
const say = (element, what) => {
  const id = element.id ? "#" + element.id : "";
  found.push(`${what}: <${element.tagName.toLowerCase()}${id}> ${element.textContent.trim().slice(0, 40)}`);
};
const all = (selector) => [...document.querySelectorAll(selector)];
const visible = (element) => element.checkVisibility({ visibilityProperty: true });

// Pieces of a picture are for paper alone, and nobody reads them twice.
for (const piece of all("svg.piece")) {
  if (piece.getAttribute("aria-hidden") !== "true") say(piece, "a piece that is read");
  if (visible(piece) !== matchMedia("print").matches) say(piece, "a piece on the screen");
}

// The document and its landmarks.
if (document.documentElement.lang !== "en") say(document.documentElement, "no language");
if (!document.title) say(document.documentElement, "no title");
for (const one of ["h1", "main", "nav", "header"]) {
  if (all(one).length !== 1) say(document.body, `not one ${one}`);
}
for (const nav of all("nav, section, article")) {
  const named = nav.getAttribute("aria-label") || nav.getAttribute("aria-labelledby");
  if (!named) say(nav, "a landmark without a name");
}
const skip = document.querySelector("body > a");
if (!skip || !document.querySelector(skip.getAttribute("href"))) say(document.body, "no way to skip");

// Headings go down one by one.
let level = 0;
for (const heading of all("h1, h2, h3, h4, h5, h6")) {
  const next = Number(heading.tagName[1]);
  if (next > level + 1) say(heading, `a heading of level ${next} behind ${level}`);
  if (!heading.textContent.trim()) say(heading, "an empty heading");
  level = next;
}

// Names and references.
const ids = new Set();
for (const element of all("[id]")) {
  if (ids.has(element.id)) say(element, "an id that is there twice");
  ids.add(element.id);
}
for (const attribute of ["aria-labelledby", "aria-describedby", "for", "data-audit"]) {
  for (const element of all(`[${attribute}]`)) {
    for (const id of element.getAttribute(attribute).split(" ")) {
      if (!document.getElementById(id)) say(element, `${attribute} leads nowhere`);
    }
  }
}
for (const link of all("a")) {
  const href = link.getAttribute("href");
  if (!href.startsWith("#") || !document.getElementById(href.slice(1))) say(link, "a link leads nowhere");
  if (!link.textContent.trim()) say(link, "a link without a name");
}
for (const field of all("input")) {
  if (!field.labels.length || !field.labels[0].textContent.trim()) say(field, "a field without a label");
}
for (const button of all("button, summary")) {
  if (!button.textContent.trim()) say(button, "a button without a name");
}
for (const element of all("[tabindex]")) {
  if (Number(element.tabIndex) > 0) say(element, "a place in the order of keys");
}

// Tables, lists, pictures.
for (const table of all("table")) {
  if (!table.caption || !table.caption.textContent.trim()) say(table, "a table without a caption");
  const width = table.rows[0].cells.length;
  for (const row of table.rows) {
    if (row.cells.length !== width) say(row, "a row of another width");
  }
}
for (const head of all("th")) {
  if (!["row", "col"].includes(head.scope)) say(head, "a heading without a scope");
  if (!head.textContent.trim()) say(head, "an empty heading of a table");
}
for (const list of all("ul, ol")) {
  for (const child of list.children) if (child.tagName !== "LI") say(child, "no item of a list");
}
for (const picture of all("svg:not(.piece, .piece *)")) {
  if (picture.getAttribute("role") !== "img") say(picture, "a picture without a role");
  for (const part of ["title", "desc"]) {
    const text = picture.querySelector(`:scope > ${part}`);
    if (!text || !text.textContent.trim()) say(picture, `a picture without a ${part}`);
  }
}

// The lines of a text follow each other.
for (const line of all(".source .line + .line")) {
  const gap = line.getBoundingClientRect().top - line.previousElementSibling.getBoundingClientRect().bottom;
  if (Math.abs(gap) > 1) say(line, `${gap} pixels below the line before`);
}

// What scrolls can be reached by keyboard, has a name, and nothing else is wider than the page.
for (const box of all("main *")) {
  const style = getComputedStyle(box);
  if (!["auto", "scroll"].includes(style.overflowX)) continue;
  if (box.tabIndex !== 0) say(box, "scrolls and cannot be reached");
  if (!box.getAttribute("aria-label")) say(box, "scrolls and has no name");
}
if (document.documentElement.scrollWidth > document.documentElement.clientWidth) say(document.documentElement, "the page is too wide");

// Contrast of every text that can be seen.
const channels = (color) => color.match(/[\d.]+/g).map(Number);
const light = (color) => {
  const [r, g, b] = channels(color).map((c) => {
    const part = c / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const color = getComputedStyle(at).backgroundColor;
    const [, , , alpha = 1] = channels(color);
    if (alpha === 1) return color;
  }
  return "rgb(255, 255, 255)";
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const looked = new Set();
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  const element = node.parentElement;
  if (!node.data.trim() || looked.has(element) || !visible(element)) continue;
  if (["SCRIPT", "STYLE", "title", "desc"].includes(element.tagName)) continue;
  looked.add(element);
  const style = getComputedStyle(element);
  const ink = light(element instanceof SVGElement ? style.fill : style.color);
  const paper = light(ground(element));
  const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
  if (contrast < 4.5) say(element, `a contrast of ${contrast.toFixed(2)}`);
}

// What has the focus shows it, and is large enough to be hit.
for (const element of all("a, button, input, summary, [tabindex='0']")) {
  if (!visible(element)) continue;
  element.focus({ focusVisible: true, preventScroll: true });
  if (document.activeElement !== element) say(element, "cannot have the focus");
  const style = getComputedStyle(element);
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) say(element, "hides its focus");
  const box = element.getBoundingClientRect();
  const inline = element.tagName === "A";
  if (!inline && (box.width < 24 || box.height < 20)) say(element, "is too small");
}
document.activeElement.blur();
return found;
