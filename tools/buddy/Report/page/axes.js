// Lines across a drawing, with what they stand for.

function gridLevel(left, right, y, text) {
  return [
    draw("line", { class: "axis", x1: left, x2: right, y1: y, y2: y }),
    draw("text", { class: "label", x: left - 8, y: y + 4, "text-anchor": "end", text }),
  ];
}
