// A page keeps itself up to date: it is asked for again, and what has changed in its parts is put in their place.
"use strict";
(() => {
  const EVERY = 5000; // milliseconds
  const REST = 4; // times as long as a look took until the next one, at least
  const OLD = "What stands here is what it said last.";
  const live = document.getElementById("live");
  const lost = document.getElementById("lost");
  live.closest("label").hidden = false;

  const opened = (part) => new Set([...part.querySelectorAll("details[open] > summary")].map((one) => one.firstChild.textContent));

  const put = (part, fresh) => {
    if (part.innerHTML === fresh.innerHTML || part.contains(document.activeElement)) return;
    const open = opened(part);
    for (const summary of fresh.querySelectorAll("details > summary")) {
      summary.parentElement.open = open.has(summary.firstChild.textContent);
    }
    if (part.innerHTML !== fresh.innerHTML) part.replaceChildren(...fresh.childNodes);
  };

  const look = async () => {
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (answer.redirected) { // who is signed out meanwhile signs in again
        location.assign(answer.url);
        return;
      }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const parts = [...document.querySelectorAll("[data-live]")].map((part) => [part, page.getElementById(part.id)]);
      if (parts.every(([, fresh]) => fresh)) {
        for (const [part, fresh] of parts) put(part, fresh);
        lost.textContent = "";
      } else {
        const why = page.querySelector("main p:not([hidden])")?.textContent.trim();
        lost.textContent = `The server answered ${answer.status}${why ? `: ${why}` : ""}. ${OLD}`;
      }
    } catch {
      lost.textContent = `The server does not answer. ${OLD}`;
    }
  };

  const turn = async () => {
    const began = Date.now();
    if (live.checked && !document.hidden) await look();
    setTimeout(turn, Math.max(EVERY, REST * (Date.now() - began)));
  };
  setTimeout(turn, EVERY);
  const again = () => { if (live.checked && !document.hidden) look(); };
  document.addEventListener("visibilitychange", again);
  live.addEventListener("change", again);
})();
