// What the pages need beside htmx and Bootstrap: dialogs, toasts, copy buttons, relative times. No framework.
"use strict";

const dialog = document.getElementById("dialog");

// -- dialogs: htmx puts the form into <dialog>; the browser keeps the focus inside, closes on Esc, gives the focus back.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== dialog) return;
  if (!dialog.open) dialog.showModal();
  const first = dialog.querySelector(".is-invalid") || dialog.querySelector("form :is(input:not([type=hidden], .unseen), select, textarea)");
  (first || dialog.querySelector("button[type=submit]") || dialog).focus();
});
dialog?.addEventListener("close", () => dialog.replaceChildren());
dialog?.addEventListener("click", (event) => {
  if (event.target === dialog && !dialog.querySelector("form")?.dataset.changed) dialog.close();
});
dialog?.addEventListener("input", () => dialog.querySelector("form")?.setAttribute("data-changed", "yes"));

// -- toasts
const toasts = document.getElementById("toasts");
function leave(note) {
  setTimeout(() => note.remove(), note.classList.contains("is-error") ? 15000 : 7000);
}
function toast(message, level) {
  const note = document.createElement("div");
  note.className = `toast-note is-${level || "info"}`;
  const text = document.createElement("span");
  text.textContent = message;
  note.append(text);
  toasts.append(note);
  leave(note);
}
toasts?.querySelectorAll(".toast-note").forEach(leave);
document.addEventListener("toast", (event) => toast(event.detail.message, event.detail.level));
document.addEventListener("htmx:sendError", () => toast("No answer from the server. Check the connection and try again.", "error"));

// -- one listener for the small buttons
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-close], [data-dismiss], [data-range-from]");
  if (!button) return;
  if ("copy" in button.dataset) {
    event.preventDefault();
    await copy(button.dataset.copy);
    button.classList.add("is-copied");
    setTimeout(() => button.classList.remove("is-copied"), 1500);
  } else if ("close" in button.dataset) {
    dialog.close();
  } else if ("dismiss" in button.dataset) {
    button.parentElement.remove();
  } else {
    const inputs = button.closest(".range-menu").querySelectorAll("input");
    inputs[0].value = button.dataset.rangeFrom;
    inputs[1].value = button.dataset.rangeTo;
    inputs[1].dispatchEvent(new Event("change", { bubbles: true }));
  }
});
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

// -- on hover: the relative time, the whole address
const relative = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
const units = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
document.addEventListener("pointerover", (event) => {
  const address = event.target.closest?.(".address");
  if (address) address.title = address.textContent;
  const time = event.target.closest?.("time[datetime]");
  if (!time) return;
  const seconds = (new Date(time.dateTime) - Date.now()) / 1000;
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) || units.at(-1);
  time.title = relative.format(Math.round(seconds / size), unit);
});

// -- lists: empty criteria stay out of the address; the tick count beside a drop-down
document.addEventListener("htmx:configRequest", (event) => {
  const data = event.detail.formData;
  if (event.detail.verb !== "get" || !data) return;
  for (const name of new Set(data.keys())) {
    const kept = data.getAll(name).filter((value) => value !== "");
    data.delete(name);
    kept.forEach((value) => data.append(name, value));
  }
});
document.addEventListener("change", (event) => {
  const ticks = event.target.closest(".ticks");
  if (ticks) {
    const count = ticks.querySelectorAll(":checked").length;
    const button = ticks.parentElement.querySelector("[data-ticks]");
    button.classList.toggle("is-set", count > 0);
    button.querySelector(".tick-count").textContent = count || "";
  }
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "get") for (const input of form.elements) if (!input.value) input.disabled = true;
});

// -- on the phone a row is a card: each cell says what its column is called
function label() {
  document.querySelectorAll("table.list").forEach((table) => {
    const names = [...(table.tHead?.rows[0]?.cells || [])].map((head) => head.textContent.trim());
    for (const row of table.tBodies[0]?.rows || [])
      if (row.cells.length === names.length) [...row.cells].forEach((cell, place) => (cell.dataset.label ||= names[place]));
  });
}

// -- a table that fits keeps its head in sight; one that doesn't scrolls sideways in its frame
function measure() {
  document.querySelectorAll(".table-wrap").forEach((frame) => {
    frame.classList.remove("is-wide");
    frame.classList.toggle("is-wide", frame.firstElementChild.scrollWidth > frame.clientWidth + 1);
  });
}
label();
measure();
window.addEventListener("resize", measure);
document.addEventListener("htmx:afterSettle", () => {
  label();
  measure();
});

// -- long selects become searchable
if (window.TomSelect) {
  const enhance = (root) => root.querySelectorAll("select[data-search]").forEach((select) => select.tomselect || new TomSelect(select, {}));
  enhance(document);
  document.addEventListener("htmx:afterSwap", (event) => enhance(event.detail.target));
}
