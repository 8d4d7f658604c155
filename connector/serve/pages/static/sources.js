// Files dropped on the page are sent as they belong together, with their progress and, once taken in, what became of each.
"use strict";
(() => {
  const door = document.getElementById("door");
  const drop = document.getElementById("drop");
  const sent = document.getElementById("sent");
  const chooser = document.getElementById("files");
  const LOOK_AGAIN = 2000; // milliseconds until what is under way is asked about, twice as many after nothing new
  const LONGEST = 30000;
  const AT_ONCE = 50; // files asked about in one request, as many as the server tells of
  let line = Promise.resolve();

  for (const hint of document.querySelectorAll(".if-script")) hint.hidden = false;

  const parsed = (text) => new DOMParser().parseFromString(text, "text/html");

  const told = (name, words, kind) => {
    const item = document.createElement("li");
    item.className = "source";
    const what = document.createElement("p");
    what.className = "what";
    const tag = document.createElement("span");
    tag.className = `tag ${kind}`;
    tag.textContent = words;
    const code = document.createElement("code");
    code.textContent = name;
    what.append(tag, code);
    item.append(what);
    return item;
  };

  const failed = (item, name, why) => {
    const fresh = told(name, "not sent", "bad");
    const reason = document.createElement("p");
    reason.className = "why";
    reason.textContent = why;
    fresh.append(reason);
    item.replaceWith(fresh);
  };

  // What is still under way is asked about until it is not.
  let wait = LOOK_AGAIN;
  let timer = 0;
  let turn = 0;
  const look = async () => {
    timer = 0;
    const all = [...document.querySelectorAll("#sent > li, #became > li")].filter(isUnderWay);
    if (!all.length) return;
    if (!document.hidden) {
      turn %= all.length;
      const items = [...all.slice(turn), ...all.slice(0, turn)].slice(0, AT_ONCE);
      turn += AT_ONCE;
      wait = Math.min(2 * wait, LONGEST);
      try {
        const asked = new URLSearchParams(items.map((item) => ["name", item.dataset.path]));
        const answer = await fetch(`/sources/became?${asked}`, { headers: { accept: "text/html" } });
        for (const fresh of parsed(await answer.text()).querySelectorAll("#became > li")) {
          const item = items.find((one) => one.dataset.path === fresh.dataset.path);
          if (!item || item.dataset.state === fresh.dataset.state) continue;
          item.replaceWith(fresh);
          wait = LOOK_AGAIN;
        }
      } catch { /* the server is away: it may come back */ }
    }
    later();
  };
  const isUnderWay = (item) => ["under way", "waiting"].includes(item.dataset.state);
  const later = () => { timer ||= setTimeout(look, wait); };

  const send = (files, collection) => new Promise((done) => {
    const name = files.map((file) => file.name).join(", ");
    const item = told(name, "on its way", "");
    const bar = document.createElement("progress");
    bar.max = files.reduce((size, file) => size + file.size, 0) || 1;
    bar.value = 0;
    bar.setAttribute("aria-label", `How much of ${name} has been sent`);
    item.append(bar);
    sent.append(item);
    const form = new FormData();
    form.append("collection", collection);
    for (const file of files) form.append("files", file, file.name);
    const request = new XMLHttpRequest(); // fetch does not say how far an upload is
    request.open("POST", door.action);
    request.setRequestHeader("accept", "text/html");
    request.upload.onprogress = (event) => { bar.value = event.loaded; };
    request.upload.onload = () => { item.querySelector(".tag").textContent = "being taken in"; };
    request.onerror = () => { failed(item, name, "The connection broke off. Try again."); done(); };
    request.onload = () => {
      const page = parsed(request.responseText);
      const fresh = [...page.querySelectorAll("#became > li")];
      if (fresh.length) {
        item.replaceWith(...fresh);
        wait = LOOK_AGAIN;
        later();
      } else {
        failed(item, name, page.querySelector("main p")?.textContent || `The server answered ${request.status}.`);
      }
      done();
    };
    request.send(form);
  });

  // What may belong together is one request, for a sidecar may say who may see the rest: what begins like the shortest
  // name; everything, where there is something that goes for the whole folder. The server looks more closely.
  const FOR_ALL = /^_folder\.ya?ml$|^links\.csv$/i;
  const stem = (file) => file.name.normalize("NFC").toLowerCase().replace(/\.meta\.ya?ml$|\.[^.]*$/, "");
  const together = (files) => {
    if (files.some((file) => FOR_ALL.test(file.name))) return [files];
    const groups = [];
    const ordered = files.map((file) => [stem(file), file]).sort(([one], [other]) => (one < other ? -1 : Number(one > other)));
    for (const [name, file] of ordered) {
      const last = groups.at(-1);
      if (last && name.startsWith(last.stem)) last.files.push(file);
      else groups.push({ stem: name, files: [file] });
    }
    return groups.map((group) => group.files);
  };

  // What may be large goes last.
  const large = (files) => Number(files.some((file) => /^(video|audio)\//.test(file.type)));

  const sendAll = (files) => {
    const collection = door.elements.collection.value;
    for (const group of together([...files]).sort((one, other) => large(one) - large(other))) {
      line = line.then(() => send(group, collection));
    }
  };

  door.addEventListener("submit", (event) => {
    if (!chooser.files.length) return;
    event.preventDefault();
    sendAll(chooser.files);
    chooser.value = "";
  });

  const carries = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  for (const kind of ["dragenter", "dragover"]) {
    addEventListener(kind, (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
  addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    drop.classList.remove("over");
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.());
    const files = [...event.dataTransfer.files];
    entries.forEach((entry, number) => {
      if (entry?.isDirectory && files[number]) {
        const item = told(files[number].name, "on its way", "");
        sent.append(item);
        failed(item, files[number].name, "This is a folder. Drop the files in it, and name the collection.");
      }
    });
    sendAll(files.filter((_, number) => !entries[number]?.isDirectory));
  });

  later();
})();
