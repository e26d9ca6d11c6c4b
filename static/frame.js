// The frame around every page: the menu (folded to icons, a drawer on the phone), its counts, and the keys that work everywhere.
"use strict";
(() => {
  const root = document.documentElement;
  const side = document.getElementById("side");
  if (!side) return;

  // -- folded to icons: the words stand beside the icon that is pointed at or focused
  const fold = side.querySelector("[data-fold]");
  const say = () => fold.setAttribute("aria-expanded", String(!root.classList.contains("is-folded")));
  say();
  fold.addEventListener("click", () => {
    localStorage.setItem("menu", root.classList.toggle("is-folded") ? "folded" : "");
    say();
  });
  const tip = document.createElement("div");
  tip.className = "side-tip";
  tip.setAttribute("aria-hidden", "true"); // the link itself is named
  tip.hidden = true;
  document.body.append(tip);
  const show = (event) => {
    const link = event.target.closest?.(".side-link");
    tip.hidden = !link || !root.classList.contains("is-folded");
    if (tip.hidden) return;
    tip.textContent = link.textContent.trim().replace(/\s+/g, " ");
    const place = link.getBoundingClientRect();
    tip.style.top = `${place.top + place.height / 2}px`;
    tip.style.left = `${place.right + 8}px`;
  };
  const hide = () => (tip.hidden = true);
  side.addEventListener("pointerover", show);
  side.addEventListener("focusin", show);
  side.addEventListener("pointerleave", hide);
  side.addEventListener("focusout", hide);
  side.addEventListener("scroll", hide);

  // -- the drawer: while it is open nothing else can be reached; Esc, the shade and a wide window close it
  const opener = document.querySelector(".top-menu");
  const rest = document.querySelectorAll(".stage, .skip");
  const narrow = window.matchMedia("(max-width: 900px)");
  function drawer(open) {
    if (open === root.classList.contains("is-drawer-open")) return;
    root.classList.toggle("is-drawer-open", open);
    opener.setAttribute("aria-expanded", String(open));
    rest.forEach((part) => (part.inert = open));
    if (open) (side.querySelector("[aria-current]") || side.querySelector(".side-link"))?.focus();
    else if (narrow.matches) opener.focus();
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-drawer]")) drawer(!root.classList.contains("is-drawer-open"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      drawer(false);
      hide();
    }
  });
  side.addEventListener("keydown", (event) => {
    if (event.key !== "Tab" || !root.classList.contains("is-drawer-open")) return;
    const all = [...side.querySelectorAll("a[href], button")].filter((one) => one.offsetParent);
    const last = event.shiftKey ? all[0] : all.at(-1);
    if (document.activeElement === last) {
      event.preventDefault();
      (event.shiftKey ? all.at(-1) : all[0]).focus();
    }
  });
  narrow.addEventListener("change", () => drawer(false));
  side.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette]")) drawer(false);
  });

  // -- counts that wait: what was last known at once, then what is true
  const counts = document.getElementById("side-counts");
  function emptyBadge() {
    const badge = document.createElement("span");
    badge.className = "side-count is-waiting";
    badge.innerHTML = '<b aria-hidden="true"></b><span class="visually-hidden"></span>';
    return badge;
  }
  function put(known) {
    for (const link of side.querySelectorAll("[data-count]")) {
      const [shown, words] = known[link.dataset.count] || ["", ""];
      const badge = link.querySelector(".is-waiting") || link.appendChild(emptyBadge());
      badge.querySelector("b").textContent = shown;
      badge.querySelector("span").textContent = words;
      badge.hidden = !shown;
    }
  }
  if (counts) {
    try {
      put(JSON.parse(sessionStorage.getItem("counts")) || {});
    } catch {
      sessionStorage.removeItem("counts");
    }
    fetch(counts.dataset.url, { headers: { Accept: "application/json" } })
      .then((answer) => (answer.ok && !answer.redirected ? answer.json() : {}))
      .then((known) => {
        put(known);
        sessionStorage.setItem("counts", JSON.stringify(known));
      })
      .catch(() => {}); // the page is whole without them
  }

  // -- single keys, unless the person turned them off or is typing
  const choice = document.querySelector("[data-single-keys]");
  const isOn = () => localStorage.getItem("keys") !== "off";
  window.singleKeys = (event) => isOn() && !event.isComposing && !document.querySelector("dialog[open]") && !isTyping(event.target);
  // A field of a dialog that has just closed may keep the focus for a moment: nobody types there.
  function isTyping(target) {
    return Boolean(target.closest("input, textarea, select, [contenteditable]")?.getClientRects().length);
  }
  if (choice) {
    choice.checked = isOn();
    choice.addEventListener("change", () => localStorage.setItem("keys", choice.checked ? "" : "off"));
  }
  const help = document.getElementById("keys");
  help?.addEventListener("click", (event) => {
    if (event.target === help || event.target.closest("[data-close-keys]")) help.close();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys]")) help?.showModal();
  });
  function row(step) {
    const links = [...document.querySelectorAll(".list .row-link")];
    const place = links.indexOf(document.activeElement);
    links[place < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(place + step, 0), links.length - 1)]?.focus();
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !window.singleKeys(event)) return;
    const actions = {
      "?": () => help?.showModal(),
      f: () => document.querySelector(".criteria input")?.focus(),
      j: () => row(1),
      k: () => row(-1),
      g: () => {
        if (narrow.matches) drawer(true);
        else (side.querySelector("[aria-current]") || side.querySelector(".side-link"))?.focus();
      },
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
})();
