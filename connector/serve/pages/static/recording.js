// A recording's page: what is said follows the player, and a click on a line leads the player there.
// Nobody else's script is loaded: YouTube's and Vimeo's players are spoken to by the messages of their own scripts.
"use strict";
(() => {
  const page = document.getElementById("recording");
  const player = document.getElementById("player");
  const screen = document.getElementById("screen");
  const follow = document.getElementById("follow");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let lines = [];
  let now = null;
  let last = -1;

  const collect = () => {
    lines = [...page.querySelectorAll(".line")].map((line) => ({ line, at: Number(line.dataset.at) }));
    now = null;
  };

  const clock = (seconds) => {
    const whole = Math.max(0, Math.floor(seconds));
    const two = (number) => String(number).padStart(2, "0");
    const minutes = Math.floor(whole / 60);
    return minutes < 60 ? `${minutes}:${two(whole % 60)}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
  };

  // The last line that has begun at `seconds`; lines are in order of time.
  const lineAt = (seconds) => {
    let low = 0;
    let high = lines.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (lines[middle].at <= seconds + 0.05) low = middle + 1;
      else high = middle;
    }
    return low ? lines[low - 1].line : null;
  };

  const show = (line, scroll) => {
    if (line === now) return;
    const before = now?.closest("li");
    const paragraph = line?.closest("li");
    now?.classList.remove("now");
    line?.classList.add("now");
    now = line;
    if (before === paragraph) return;
    for (const old of page.querySelectorAll("#said > [aria-current]")) old.removeAttribute("aria-current");
    paragraph?.setAttribute("aria-current", "true");
    if (scroll) paragraph?.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
  };

  // The links to share lead to `seconds`, and say so.
  const tell = (seconds) => {
    const second = Math.max(0, Math.floor(seconds));
    if (second === last) return;
    last = second;
    document.getElementById("now").textContent = clock(second);
    const own = document.getElementById("page-link");
    own.href = `${location.pathname}?t=${second}`;
    const video = document.getElementById("video-link");
    if (video?.dataset.pattern) video.href = video.dataset.pattern.replaceAll("{}", String(second));
    const like = document.getElementById("similar-link");
    if (like) like.href = `${location.pathname}/similar?t=${second}`;
  };

  const played = (seconds) => {
    show(lineAt(seconds), Boolean(follow?.checked));
    tell(seconds);
  };

  // Each way to lead a player to a second and have it play.
  const itself = () => {
    screen.addEventListener("timeupdate", () => played(screen.currentTime));
    return (seconds) => {
      screen.currentTime = seconds;
      screen.play().catch(() => {}); // the browser may want a click on the player itself first
    };
  };

  const anew = (seconds) => {
    screen.src = player.dataset.pattern.replaceAll("{}", String(Math.floor(seconds)));
  };

  const messages = ({ hello, heard, seek }) => {
    let answers = false;
    const send = (value) => screen.contentWindow?.postMessage(JSON.stringify(value), player.dataset.origin);
    addEventListener("message", (event) => {
      if (event.source !== screen.contentWindow || event.origin !== player.dataset.origin) return;
      let said = event.data;
      if (typeof said === "string") {
        try { said = JSON.parse(said); } catch { return; }
      }
      if (!said || typeof said !== "object") return;
      if (!answers) hello(send);
      answers = true;
      const seconds = heard(said);
      if (Number.isFinite(seconds)) played(seconds);
    });
    // The player answers once its script runs, and nobody says when that is.
    let tries = 0;
    const knock = setInterval(() => {
      if (answers || ++tries > 60) clearInterval(knock);
      else hello(send);
    }, 500);
    return (seconds) => {
      if (answers) seek(send, seconds);
      else anew(seconds);
    };
  };

  const youtube = () => messages({
    hello: (send) => send({ event: "listening", id: "screen", channel: "widget" }),
    heard: (said) => said.info?.currentTime,
    seek: (send, seconds) => {
      send({ event: "command", func: "seekTo", args: [seconds, true] });
      send({ event: "command", func: "playVideo", args: [] });
    },
  });

  const vimeo = () => messages({
    hello: (send) => send({ method: "addEventListener", value: "timeupdate" }),
    heard: (said) => (said.event === "timeupdate" ? said.data?.seconds : NaN),
    seek: (send, seconds) => {
      send({ method: "setCurrentTime", value: seconds });
      send({ method: "play" });
    },
  });

  let lead = null;
  if (player) {
    const ways = { itself, youtube, vimeo, nothing: () => anew };
    lead = ways[player.dataset.speaks]();
    if (player.dataset.speaks !== "nothing") follow.closest("label").hidden = false;
  }

  const seek = (seconds) => {
    show(lineAt(seconds), false);
    tell(seconds);
    const here = new URL(location.href);
    here.searchParams.set("t", String(Math.floor(seconds)));
    here.hash = "";
    history.replaceState(null, "", here);
    lead?.(seconds);
  };

  page.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const link = event.target.closest("a[data-seek]");
    if (link) {
      event.preventDefault();
      seek(Number(link.dataset.seek));
      if (link.closest("#times")) now?.closest("li")?.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
      return;
    }
    const line = event.target.closest(".line");
    if (line && getSelection().isCollapsed) seek(Number(line.dataset.at));
  });

  // By keyboard from line to line, as a click leads there; without a player the links to share follow.
  page.classList.add("scripted");
  document.getElementById("line-keys").hidden = !page.querySelector(".line");
  document.addEventListener("keydown", (event) => {
    if (document.getElementById("keys").open || event.ctrlKey || event.metaKey || event.altKey || !singleKeys.on()) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const step = { n: 1, p: -1 }[event.key];
    if (!step) return;
    const at = lines.findIndex(({ line }) => line === now);
    const to = lines[at < 0 ? 0 : at + step];
    if (!to) return;
    event.preventDefault();
    seek(to.at);
    now.scrollIntoView({ block: "nearest", behavior: calm.matches ? "auto" : "smooth" });
  });

  // Who scrolls by hand wants to read on, wherever the player is.
  for (const kind of ["wheel", "touchmove"]) {
    document.getElementById("said")?.addEventListener(kind, () => { if (follow) follow.checked = false; }, { passive: true });
  }
  follow?.addEventListener("change", () => {
    if (follow.checked) now?.closest("li")?.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
  });

  for (const button of page.querySelectorAll("button.copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const address = document.getElementById(button.dataset.of).href;
      let done = true;
      try {
        await navigator.clipboard.writeText(address);
      } catch { // no right to, or a page that came unencrypted from another machine
        const box = document.createElement("textarea");
        box.value = address;
        document.body.append(box);
        box.select();
        done = document.execCommand("copy");
        box.remove();
        button.focus();
      }
      document.getElementById("copied").textContent = done ? "Copied." : address;
    });
  }

  // A search inside keeps the player playing: of the page that comes, what was found and its marks are taken.
  let searching = null; // an answer to what is no longer asked is dropped
  const taken = async (address) => {
    searching?.abort();
    searching = new AbortController();
    const answer = await fetch(address, { signal: searching.signal, headers: { accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ["count", "found", "said"]) { // the count is a live region: it stays, and its words change
      const put = fresh.getElementById(id);
      if (!put) return location.assign(address);
      document.getElementById(id).replaceChildren(...put.childNodes);
    }
    const second = last;
    collect();
    history.replaceState(null, "", address);
    if (second >= 0) show(lineAt(second), false);
  };
  document.getElementById("inside").addEventListener("submit", (event) => {
    event.preventDefault();
    const asked = new URLSearchParams(new FormData(event.target));
    if (last >= 0) asked.set("t", String(last));
    taken(`${location.pathname}?${asked}`).catch((error) => { if (error.name !== "AbortError") event.target.submit(); });
  });

  collect();
  const wanted = page.querySelector("#here");
  const asked = new URLSearchParams(location.search).get("t");
  if (wanted && asked !== null) {
    page.querySelector(".to-here").hidden = true;
    wanted.scrollIntoView({ block: "center", behavior: "auto" });
    tell(Number(wanted.querySelector("[data-seek]").dataset.seek));
    if (/^\d+(\.\d+)?s?$/.test(asked)) tell(parseFloat(asked));
  }
})();
