// Keys of the search page: arrows go from result to result, `?` tells the keys.
"use strict";
(() => {
  const box = document.getElementById("q");
  const dialog = document.getElementById("keys");
  const button = document.getElementById("show-keys");
  const single = document.getElementById("single-keys");
  const results = [...document.querySelectorAll(".result .title, .newest .title, .examples a")].filter((one) => one.href);

  button.hidden = false;
  button.addEventListener("click", () => dialog.showModal());
  single.checked = singleKeys.on();
  single.addEventListener("change", () => singleKeys.set(single.checked));

  function go(from, step) {
    const at = results.indexOf(from);
    const next = at < 0 ? (step > 0 ? 0 : -1) : at + step;
    const target = next < 0 ? box : results[next];
    if (!target) return false;
    target.focus();
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "?" && !typing && singleKeys.on()) {
      event.preventDefault();
      dialog.showModal();
      return;
    }
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (!(event.key in steps) || event.shiftKey || (typing && typing !== box)) return;
    const from = event.target.closest(".result")?.querySelector(".title") ?? event.target;
    const here = from === box || event.target === document.body || event.target.id === "content" || results.includes(from);
    if (here && go(from, steps[event.key])) event.preventDefault();
  });

  // The first page is for typing; a telephone would show its keyboard.
  if (box && document.querySelector(".examples") && matchMedia("(pointer: fine)").matches && !location.hash) box.focus();
})();
