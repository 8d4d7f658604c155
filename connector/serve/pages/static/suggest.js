// Completions as one types: the combobox with a list of the WAI-ARIA Authoring Practices, list autocomplete with manual
// selection. What comes back is text and is set as text; an answer to what is no longer in the box is dropped.
"use strict";
(() => {
  const box = document.getElementById("q");
  if (!box) return;
  const WAIT = 120; // ms of no typing before it is asked

  const list = document.createElement("ul");
  list.id = "completions";
  list.className = "completions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Completions");
  const said = document.createElement("p");
  said.className = "hidden";
  said.setAttribute("aria-live", "polite");
  box.form.append(list, said);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, "aria-haspopup": "listbox",
  })) box.setAttribute(name, value);

  let shown = []; // the suggestions in the list, in order
  let active = -1;
  let timer = 0;
  let request = null;

  const isOpen = () => !list.hidden;

  function activate(at) {
    active = at;
    [...list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
    if (at < 0) box.removeAttribute("aria-activedescendant");
    else {
      box.setAttribute("aria-activedescendant", list.children[at].id);
      list.children[at].scrollIntoView({ block: "nearest" });
    }
  }

  function close() {
    clearTimeout(timer);
    request?.abort();
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
    said.textContent = "";
    activate(-1);
  }

  function open() {
    list.hidden = !shown.length;
    box.setAttribute("aria-expanded", String(!list.hidden));
    said.textContent = shown.length === 1 ? "1 completion" : `${shown.length} completions`;
    activate(-1);
  }

  function bold(text) {
    const element = document.createElement("b");
    element.textContent = text;
    return element;
  }

  // The text with what was not typed in bold.
  function labelled(text, typed) {
    const label = document.createElement("span");
    const at = text.toLowerCase().indexOf(typed.trim().toLowerCase());
    const [start, end] = at < 0 ? [0, 0] : [at, at + typed.trim().length];
    label.append(bold(text.slice(0, start)), text.slice(start, end), bold(text.slice(end)));
    label.dir = "auto";
    return label;
  }

  function show(suggestions, typed) {
    shown = suggestions;
    list.replaceChildren(...shown.map((one, place) => {
      const option = document.createElement("li");
      option.id = `completion-${place}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      const kind = document.createElement("span");
      kind.className = "kind";
      kind.textContent = typeof one.told === "string" ? one.told : "";
      option.append(labelled(one.text, typed), " ", kind);
      option.addEventListener("click", () => take(one));
      return option;
    }));
    open();
  }

  // A title opens: a recording on our page, another document at its own address where that is one of the web. Everything
  // else is searched for.
  function address(one) {
    if (one.kind !== "title") return null;
    const to = /^[a-z0-9]+$/.test(one.id ?? "") ? `/transcript/${one.id}` : one.url;
    const url = to && URL.canParse(to, location.href) ? new URL(to, location.href) : null;
    return url && ["http:", "https:"].includes(url.protocol) ? url : null;
  }

  function take(one) {
    close();
    const url = address(one);
    if (url) location.assign(url);
    else {
      box.value = typeof one.query === "string" ? one.query : one.text;
      box.form.requestSubmit();
    }
  }

  function read(told) {
    const given = Array.isArray(told?.suggestions) ? told.suggestions : [];
    const found = given.filter((one) => typeof one?.text === "string" && one.text);
    const meant = typeof told?.did_you_mean === "string" && told.did_you_mean;
    return meant ? [{ text: meant, kind: "meant", told: "did you mean" }, ...found] : found;
  }

  async function ask() {
    request?.abort();
    const typed = box.value;
    if (typed.trim().length < 2) return close();
    const mine = request = new AbortController();
    try {
      const answer = await fetch(`/suggest?${new URLSearchParams({ q: typed })}`, { signal: mine.signal, headers: { accept: "application/json" } });
      const told = answer.ok ? await answer.json() : null;
      if (mine.signal.aborted || box.value !== typed || document.activeElement !== box) return;
      show(read(told), typed);
    } catch (error) {
      if (error.name !== "AbortError") close(); // the search itself needs no completions
    }
  }

  box.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(ask, WAIT);
  });
  box.addEventListener("compositionend", () => { timer = setTimeout(ask, WAIT); });
  box.addEventListener("blur", close);
  box.form.addEventListener("submit", close);
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus

  box.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (!isOpen()) {
      if (event.altKey && event.key === "ArrowDown") {
        event.preventDefault();
        ask();
      }
      return;
    }
    if (event.key === "Escape" || (event.altKey && event.key === "ArrowUp")) {
      event.preventDefault();
      close();
    } else if (event.key in steps) {
      event.preventDefault();
      const places = shown.length + 1; // one of them is the box itself
      activate((active + 1 + steps[event.key] + places) % places - 1);
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      take(shown[active]);
    }
  });
})();
