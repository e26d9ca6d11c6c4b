// The palette: one field that finds everything and runs commands. htmx fetches the answers; this file moves among them.
"use strict";
(() => {
  const palette = document.getElementById("palette");
  if (!palette) return;
  const text = document.getElementById("palette-text");
  const found = document.getElementById("palette-found");
  const status = document.getElementById("palette-status");
  let answered = null; // the text that the lines on the screen answer
  let active = null;

  // -- opening and closing: the browser keeps the focus inside, closes on Esc and gives the focus back
  function open() {
    if (palette.open || document.querySelector("dialog[open]")) return;
    palette.showModal();
    text.select();
    if (answered === null || answered !== text.value.trim()) htmx.trigger(text, "palette");
  }
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-palette]");
    if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  palette.addEventListener("click", (event) => {
    if (event.target === palette || event.target.closest("[data-close-palette]")) palette.close();
  });
  document.addEventListener("keydown", (event) => {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      palette.open ? palette.close() : open();
    } else if (plain && event.key === "/" && window.singleKeys?.(event)) {
      event.preventDefault();
      open();
    }
  });

  // -- the lines
  const lines = () => [...found.querySelectorAll("[role=option]")];
  function choose(line, scroll = true) {
    active?.setAttribute("aria-selected", "false");
    active = line || null;
    if (!active) return text.removeAttribute("aria-activedescendant");
    active.setAttribute("aria-selected", "true");
    text.setAttribute("aria-activedescendant", active.id);
    if (scroll) active.scrollIntoView({ block: "nearest" });
  }
  function move(step) {
    const all = lines();
    if (!all.length) return;
    const place = all.indexOf(active);
    choose(all[place < 0 ? (step > 0 ? 0 : all.length - 1) : (place + step + all.length) % all.length]);
  }
  found.addEventListener("pointermove", (event) => {
    const line = event.target.closest("[role=option]");
    if (line && line !== active) choose(line, false);
  });
  text.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "PageDown" || event.key === "PageUp") {
      event.preventDefault();
      for (let step = 0; step < 5; step += 1) move(event.key === "PageDown" ? 1 : -1);
    } else if (event.key === "Enter" && active && answered === text.value.trim()) {
      // Lines that answer an earlier text are not meant: then the form is sent, and the page finds it.
      event.preventDefault();
      active.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey: event.ctrlKey, metaKey: event.metaKey }));
    } else if (event.key === "Enter" && !text.value.trim()) {
      event.preventDefault();
    }
  });
  found.addEventListener("click", (event) => {
    const line = event.target.closest("[role=option]");
    if (!line || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (line.dataset.press) {
      event.preventDefault();
      palette.close();
      document.querySelector(line.dataset.press)?.click();
    } else if ("inDialog" in line.dataset) {
      event.preventDefault();
      palette.close();
      htmx.ajax("GET", line.getAttribute("href"), { target: "#dialog" });
    } else {
      palette.close(); // a link to a place on this page changes no page
    }
  });

  // -- an answer has come: an older one was aborted by htmx (hx-sync), and what comes late says what it answers
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== found) return;
    const head = found.querySelector("[data-question]");
    answered = head ? head.dataset.question.trim() : "";
    if (!answered) found.querySelector("#palette-list")?.prepend(...recent());
    const all = lines();
    text.setAttribute("aria-expanded", String(all.length > 0));
    text.setAttribute("aria-controls", all.length ? "palette-list" : "palette-found");
    choose(all[0], false);
    found.scrollTop = 0;
    const notes = [...found.querySelectorAll(".palette-note")].map((note) => note.textContent.trim());
    status.textContent = [head?.dataset.status, ...notes].filter(Boolean).join(". ");
  });

  // -- what was opened lately: in this browser alone, references alone, of one person
  const key = "recent";
  function remembered() {
    try {
      const kept = JSON.parse(localStorage.getItem(key)) || {};
      return kept.person === palette.dataset.person && Array.isArray(kept.things) ? kept.things : [];
    } catch {
      return [];
    }
  }
  function remember() {
    const head = document.querySelector("[data-thing]");
    const kept = remembered().filter((thing) => thing.url !== location.pathname);
    if (head) kept.unshift({ kind: head.dataset.kind, name: head.dataset.thing, url: location.pathname });
    localStorage.setItem(key, JSON.stringify({ person: palette.dataset.person, things: kept.slice(0, 8) }));
  }
  function recent() {
    const things = remembered().filter((thing) => thing.url !== location.pathname && /^\/[^/\\]/.test(thing.url));
    if (!things.length) return [];
    const group = document.createElement("div");
    group.className = "palette-group";
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", palette.dataset.recent);
    const head = document.createElement("div");
    head.className = "palette-head";
    head.setAttribute("role", "presentation");
    head.textContent = palette.dataset.recent;
    group.append(head);
    things.forEach((thing, place) => {
      const line = document.createElement("a");
      line.className = "palette-line";
      line.id = `palette-recent-${place}`;
      line.href = thing.url;
      line.tabIndex = -1;
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", "false");
      const what = document.createElement("span");
      what.className = "palette-what";
      const title = document.createElement("span");
      title.className = "palette-title";
      title.textContent = thing.name;
      const detail = document.createElement("span");
      detail.className = "palette-detail";
      detail.textContent = thing.kind;
      what.append(title, " ", detail);
      line.append(what);
      group.append(line);
    });
    return [group];
  }
  remember();
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-sign-out]")) localStorage.removeItem(key);
  });

  // -- "Export orders" of the palette leads to the list and opens its menu there
  function openMenu() {
    if (location.hash !== "#export-menu") return;
    document.querySelector("#export-menu")?.parentElement.querySelector("[data-bs-toggle]")?.click();
    history.replaceState(history.state, "", location.pathname + location.search);
  }
  openMenu();
  window.addEventListener("hashchange", openMenu);
})();
