// Making elements. Text from the data only ever becomes text: there is no innerHTML on this page.
const byId = (id) => document.getElementById(id);

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}
const make = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const draw = (tag, attributes, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
const titled = (text) => draw("title", { text });
const linkButton = (text, onclick, more) => make("button", { type: "button", class: "link", onclick, ...more }, text);

// Said to who listens instead of looking.
function announce(text) {
  byId("live").textContent = text;
}

// What is not there, in words, with the command line that gives it.
function missing(text, command) {
  return make("div", { class: "missing" }, text, command && make("code", { text: command }));
}
const quoted = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : "'" + word.replace(/'/g, "'\\''") + "'");
function reportCommand(...options) {
  return ["buddy", "report", quoted(data.name), "-o", "report.html", ...options].join(" ");
}
const withReference = () => reportCommand("--reference", "ref.safetensors");
const withSources = () => reportCommand("--source-root", "DIRECTORY");

// Turns a group of buttons or points into one stop of the Tab key, with arrows inside.
function roving(container, selector, keys = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }) {
  const items = () => [...container.querySelectorAll(selector)];
  const enter = (item) => items().forEach((other) => other.setAttribute("tabindex", other === item ? 0 : -1));
  container.addEventListener("focusin", (event) => {
    const item = event.target.closest(selector);
    if (item) enter(item);
  });
  container.addEventListener("keydown", (event) => {
    const all = items(), at = all.indexOf(event.target.closest(selector));
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    let to = at + (keys[event.key] || 0);
    if (event.key === "Home") to = 0;
    if (event.key === "End") to = all.length - 1;
    if (to === at || !all[to]) return;
    event.preventDefault();
    event.stopPropagation();
    all[to].focus();
  });
  const first = container.querySelector(selector + "[aria-selected='true']") || container.querySelector(selector);
  if (first) enter(first);
}
const onEnter = (action) => (event) => {
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  event.stopPropagation();
  action(event);
};
