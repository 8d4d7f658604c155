// Arrows lead from result to result, and within one from moment to moment.
"use strict";
(() => {
  const box = document.getElementById("q");
  const dialog = document.getElementById("keys");
  const results = [...document.querySelectorAll(".result .title, .newest .title, .examples a")].filter((one) => one.href);

  // From the box or the page itself down to the first result in sight; up from the first into the box.
  function next(from, step) {
    const at = results.indexOf(from);
    if (at >= 0) return at + step < 0 ? box : results[at + step];
    if (step < 0) return null;
    return from === box ? results[0] : results.find((one) => one.getBoundingClientRect().top >= 0);
  }

  // From a title to its first moment in sight, from moment to moment, and back to the title.
  function beside(from, step) {
    const result = from.closest(".result");
    const all = [...(result?.querySelectorAll("a.title, a.clock") ?? [])].filter((one) => one.checkVisibility());
    const at = all.indexOf(from);
    return at < 0 ? null : all[at + step];
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    const sidewards = { ArrowRight: 1, ArrowLeft: -1 };
    if (event.shiftKey) return;
    if (event.key in sidewards) {
      beside(event.target, sidewards[event.key])?.focus();
      return;
    }
    if (!(event.key in steps) || (typing && typing !== box)) return;
    const from = event.target.closest(".result")?.querySelector(".title") ?? event.target;
    const here = from === box || event.target === document.body || event.target.id === "content" || results.includes(from);
    const target = here && next(from, steps[event.key]);
    if (!target) return;
    event.preventDefault();
    target.focus();
  });

  // The first page is for typing; a telephone would show its keyboard.
  if (box && document.querySelector(".examples") && matchMedia("(pointer: fine)").matches && !location.hash) box.focus();
})();
