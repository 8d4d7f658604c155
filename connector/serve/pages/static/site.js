// What every page has: `/` leads to the search box. Keys of one character can be switched off (WCAG 2.1.4), for those
// who speak to their machine or touch keys by accident.
"use strict";
const singleKeys = {
  on() {
    try {
      return localStorage.getItem("single-keys") !== "off";
    } catch { // a browser that keeps nothing
      return true;
    }
  },
  set(on) {
    try {
      localStorage.setItem("single-keys", on ? "on" : "off");
    } catch { /* then it holds for this page alone */ }
  },
};
document.addEventListener("keydown", (event) => {
  const box = document.getElementById("q");
  if (!box || event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && singleKeys.on()) {
    event.preventDefault();
    box.focus();
    box.select();
  }
});

// `?` tells the keys, as the button does.
(() => {
  const dialog = document.getElementById("keys");
  if (!dialog) return;
  const button = document.getElementById("show-keys");
  const single = document.getElementById("single-keys");
  button.hidden = false;
  button.addEventListener("click", () => dialog.showModal());
  single.checked = singleKeys.on();
  single.addEventListener("change", () => singleKeys.set(single.checked));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey || dialog.open || !singleKeys.on()) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    dialog.showModal();
  });
})();
