// Light and dark: the system's, unless the button says otherwise.
const themes = ["system", "light", "dark"];
let theme = "system";

function setTheme(name) {
  theme = name;
  if (name === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  byId("theme").textContent = `Theme: ${name}`;
  // A page from a file may have no storage.
  try {
    localStorage.setItem("buddy-report-theme", name);
  } catch {}
}
function nextTheme() {
  setTheme(themes[(themes.indexOf(theme) + 1) % themes.length]);
  announce(`Theme: ${theme}`);
  sourcePane.refresh();
  stagePane?.refresh();
}
function buildTheme() {
  let saved = null;
  try {
    saved = localStorage.getItem("buddy-report-theme");
  } catch {}
  setTheme(themes.includes(saved) ? saved : "system");
  byId("theme").addEventListener("click", nextTheme);
}
