// The little of Markdown that descriptions of passes use: paragraphs, lists, code.
function inlineMarkdown(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
    if (part.startsWith("`") && part.length > 2) return make("code", { text: part.slice(1, -1) });
    if (part.startsWith("**") && part.length > 4) return make("strong", { text: part.slice(2, -2) });
    return part;
  });
}

function markdown(text) {
  const blocks = [];
  const lines = text.split("\n");
  let paragraph = [], list = null;
  const flush = () => {
    if (paragraph.length) (list ? list.lastChild : blocks[blocks.push(make("p")) - 1]).append(...inlineMarkdown(paragraph.join(" ")));
    paragraph = [];
  };
  for (let at = 0; at < lines.length; ++at) {
    const line = lines[at], fence = /^\s*```(\w*)/.exec(line), item = /^\s*(?:[-*]|\d+\.)\s+(.*)/.exec(line);
    if (fence) {
      flush();
      list = null;
      const code = [];
      while (++at < lines.length && !/^\s*```/.test(lines[at])) code.push(lines[at]);
      const syntax = grammars[fence[1]] ? fence[1] : "mlir";
      const depth = Math.min(...code.filter((l) => l.trim()).map((l) => l.search(/\S/)), 40);
      blocks.push(make("pre", {}, code.flatMap((l) => [...codeSpans(l.slice(depth), syntax), "\n"])));
    } else if (item) {
      flush();
      if (!list) blocks.push((list = make("ul")));
      list.append(make("li"));
      paragraph.push(item[1]);
    } else if (!line.trim()) {
      flush();
      if (list && !/^\s/.test(lines[at + 1] ?? "")) list = null;
    } else {
      paragraph.push(line.trim());
    }
  }
  flush();
  return make("div", { class: "text" }, blocks);
}
