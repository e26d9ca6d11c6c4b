// A session that nobody uses ends (ACC-08): a warning a minute before, several tabs agree, what is typed comes back after the sign-in.
"use strict";
(() => {
  const warning = document.getElementById("idle");
  if (!warning) return;
  const WARN = 60; // seconds before the end
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel("session") : null;
  const left = warning.querySelector("[data-idle-left]");
  let end = 0; // when the session ends, by this computer's clock
  let checking = false;

  // -- what keeps it: every answer says how long the session lasts from now on
  function lasts(seconds, tell) {
    end = Date.now() + seconds * 1000;
    if (seconds > WARN && warning.open) warning.close();
    if (tell) tabs?.postMessage({ seconds });
  }
  lasts(Number(warning.dataset.seconds), true);
  tabs?.addEventListener("message", (event) => {
    if (event.data.ended) leave();
    else if (event.data.seconds * 1000 + Date.now() > end) lasts(event.data.seconds, false);
  });
  document.addEventListener("htmx:configRequest", (event) => {
    const cause = event.detail.triggeringEvent;
    if (!cause || ["load", "revealed", "intersect", "every"].includes(cause.type) || cause.type.startsWith("hx:poll"))
      event.detail.headers["X-Background"] = "1"; // the page asks for it, not the person
  });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const seconds = event.detail.xhr.getResponseHeader("X-Session-Seconds");
    if (seconds === "0") keepTyped();
    else if (seconds) lasts(Number(seconds), !event.detail.requestConfig.headers["X-Background"]);
  });

  // -- the clock, and what the server knows: another browser window may have kept the session
  async function check() {
    const seconds = Math.ceil((end - Date.now()) / 1000);
    if (checking) return;
    checking = true;
    const known = await ask();
    checking = false;
    if (known !== null) end = Date.now() + known * 1000;
    if (known === 0 || (known === null && seconds <= 0)) leave();
    else if (known !== null && known > WARN && warning.open) warning.close();
    else if ((known ?? seconds) <= WARN && !warning.open) {
      tick();
      warning.showModal();
    }
  }
  function tick() {
    left.textContent = Math.max(Math.ceil((end - Date.now()) / 1000), 0);
  }
  setInterval(() => {
    if (warning.open) tick();
    const seconds = (end - Date.now()) / 1000;
    if (seconds <= 0 || (seconds <= WARN && !warning.open)) check();
  }, 1000);
  window.addEventListener("session:check", check); // and whenever somebody wants to know
  document.addEventListener("visibilitychange", () => document.hidden || check()); // clocks of sleeping computers stand still

  async function ask() {
    try {
      const response = await fetch(warning.dataset.left, { headers: { "X-Background": "1" }, redirect: "manual" });
      return response.ok ? (await response.json()).seconds : 0;
    } catch {
      return null; // no connection: the clock alone counts
    }
  }

  // -- the warning's buttons
  warning.addEventListener("cancel", (event) => event.preventDefault());
  warning.querySelector("[data-idle-keep]").addEventListener("click", async () => {
    const form = warning.querySelector("form");
    try {
      const response = await fetch(warning.dataset.keep, { method: "POST", headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value } });
      if (response.ok) lasts(Number(response.headers.get("X-Session-Seconds")), true);
      else leave();
    } catch {
      document.dispatchEvent(new CustomEvent("toast", { detail: { message: warning.dataset.offline, level: "error" } }));
    }
  });

  let leaving = false;
  function leave() {
    if (leaving) return;
    leaving = true;
    keepTyped();
    tabs?.postMessage({ ended: true });
    const form = warning.querySelector("form");
    form.elements.next.value = location.pathname + location.search;
    form.submit();
  }

  // A form sent after the end (the computer slept): what is typed is kept before the sign-in page comes.
  document.addEventListener(
    "submit",
    (event) => {
      if (Date.now() < end || event.target.closest("#idle, [data-sign-out]") || event.target.method !== "post") return;
      keepTyped();
    },
    true,
  );

  // -- what is typed waits in this tab alone, never a password or a file, for the same person
  const STORE = "typed";
  const SECRET = "[type=password], [type=file], [type=hidden], [autocomplete=one-time-code]";
  const address = (form) => new URL(form.getAttribute("action") || "", location.href).pathname;
  function keepTyped() {
    const forms = [...document.querySelectorAll("#main form[method=post], #dialog form[method=post]")].map((form) => ({
      action: address(form),
      inDialog: Boolean(form.closest("#dialog")),
      changed: [...form.elements].filter((input) => input.name && !input.matches(SECRET) && differs(input)).map((input) => [input.name, input.type, input.value, input.checked]),
    }));
    const typed = forms.filter((form) => form.changed.length);
    if (typed.length) sessionStorage.setItem(STORE, JSON.stringify({ who: warning.dataset.who, page: location.pathname, forms: typed }));
  }
  function differs(input) {
    if (input.type === "checkbox" || input.type === "radio") return input.checked !== input.defaultChecked;
    if (input.options) return [...input.options].some((option) => option.selected !== option.defaultSelected);
    return input.value !== input.defaultValue;
  }
  function fill(form, changed) {
    for (const [name, type, value, checked] of changed)
      for (const input of form.elements) {
        if (input.name !== name || input.matches(SECRET)) continue;
        if (type === "checkbox" || type === "radio") {
          if (input.value === value) input.checked = checked;
        } else if (input.tomselect) input.tomselect.setValue(value);
        else input.value = value;
      }
    document.dispatchEvent(new CustomEvent("toast", { detail: { message: warning.dataset.restored } }));
  }
  const matching = (place, action) => [...document.querySelectorAll(`${place} form[method=post]`)].find((form) => address(form) === action);
  function bringBack() {
    const kept = JSON.parse(sessionStorage.getItem(STORE) || "null");
    if (!kept) return;
    if (kept.who !== warning.dataset.who) return sessionStorage.removeItem(STORE); // somebody else signed in
    if (kept.page !== location.pathname) return;
    sessionStorage.removeItem(STORE);
    for (const one of kept.forms) {
      if (!one.inDialog) {
        const form = matching("#main", one.action);
        if (form) fill(form, one.changed);
        continue;
      }
      htmx.ajax("GET", one.action, { target: "#dialog", swap: "innerHTML" }).then(() => {
        const form = matching("#dialog", one.action);
        if (form) fill(form, one.changed);
      });
    }
  }
  window.addEventListener("load", bringBack);
})();
