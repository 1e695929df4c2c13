// Texts of pictures that lie on each other, or outside of their picture.
const found = [];
for (const picture of document.querySelectorAll("svg.picture")) {
  const frame = picture.getBoundingClientRect();
  const boxes = [...picture.querySelectorAll("text")].map((text) => {
    const { left, right, top, bottom } = text.getBoundingClientRect();
    // The box of a line reaches above and below the letters; what counts is the letters.
    const inset = (bottom - top) * 0.15;
    return { text: text.textContent, left, right, top: top + inset, bottom: bottom - inset };
  });
  boxes.sort((a, b) => a.top - b.top);
  boxes.forEach((a, at) => {
    const out = a.left < frame.left - 1 || a.right > frame.right + 1
      || a.top < frame.top - 1 || a.bottom > frame.bottom + 1;
    if (out) found.push(`outside: ${a.text}`);
    for (const b of boxes.slice(at + 1)) {
      if (b.top >= a.bottom) break;
      const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (x > 0.5 && y > 0.5) found.push(`on each other: ${a.text} | ${b.text}`);
    }
  });
}
return found;
