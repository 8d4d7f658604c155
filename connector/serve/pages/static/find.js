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

  // From the box or the page itself down to the first result in sight; up from the first into the box.
  function next(from, step) {
    const at = results.indexOf(from);
    if (at >= 0) return at + step < 0 ? box : results[at + step];
    if (step < 0) return null;
    return from === box ? results[0] : results.find((one) => one.getBoundingClientRect().top >= 0);
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
    const target = here && next(from, steps[event.key]);
    if (!target) return;
    event.preventDefault();
    target.focus();
  });

  // The first page is for typing; a telephone would show its keyboard.
  if (box && document.querySelector(".examples") && matchMedia("(pointer: fine)").matches && !location.hash) box.focus();
})();
