// Lists and the pages behind them: menus that are asked for when opened, columns in another order, the way there and back.
"use strict";

// -- the menus of views and columns, and long choices, are filled when they open, for the address as it is then
document.addEventListener("show.bs.dropdown", async (event) => {
  const menu = document.getElementById(event.target.dataset?.menu);
  if (!menu) return;
  await htmx.ajax("GET", location.pathname + location.search, { target: menu, swap: "innerHTML" });
  window.dispatchEvent(new Event("resize")); // the menu has another size now, and may need another place
  if (event.target.matches(":focus-visible")) menu.querySelector("a, input:not([type=hidden]), button")?.focus();
});

// -- a long choice is narrowed by typing
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-narrow]")) return;
  const text = event.target.value.trim().toLowerCase();
  for (const choice of event.target.parentElement.querySelectorAll("label")) choice.hidden = !choice.textContent.toLowerCase().includes(text);
});

// -- columns: by buttons, or drawn by the mouse
function moved(item) {
  item.closest("form").dispatchEvent(new Event("moved"));
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move]");
  if (!button) return;
  const item = button.closest("li");
  const other = button.dataset.move === "up" ? item.previousElementSibling : item.nextElementSibling;
  if (!other) return;
  button.dataset.move === "up" ? other.before(item) : other.after(item);
  button.focus();
  moved(item);
});
let drawn = null;
document.addEventListener("dragstart", (event) => {
  drawn = event.target.closest?.(".column-list li");
  drawn?.classList.add("is-drawn");
});
document.addEventListener("dragover", (event) => {
  const over = drawn && event.target.closest?.(".column-list li");
  if (!over || over === drawn) return;
  event.preventDefault();
  const box = over.getBoundingClientRect();
  event.clientY < box.top + box.height / 2 ? over.before(drawn) : over.after(drawn);
});
document.addEventListener("drop", (event) => drawn && event.preventDefault());
document.addEventListener("dragend", () => {
  if (!drawn) return;
  drawn.classList.remove("is-drawn");
  moved(drawn);
  drawn = null;
});

// -- a row's link takes the list's address along, so that its page can lead to the next row and back to this list
const LONGEST = 1500;
function takeAlong(event) {
  const link = event.target.closest?.("#list a.row-link");
  if (!link) return;
  const query = new URLSearchParams(link.search);
  const from = location.pathname + location.search;
  if (query.has("in") || from.length > LONGEST) return;
  query.set("in", from);
  link.search = query;
}
// -- whoever goes on to the next thing stays on the tab that is open
function keepTab(event) {
  const link = event.target.closest?.(".beside a");
  const tab = new URLSearchParams(location.search).get("tab");
  if (!link || !tab) return;
  const query = new URLSearchParams(link.search);
  query.set("tab", tab);
  link.search = query;
}
for (const kind of ["pointerdown", "focusin", "keydown"])
  for (const complete of [takeAlong, keepTab]) document.addEventListener(kind, complete, true);

// -- and the row that one comes back from is marked
const list = document.getElementById("list");
if (document.querySelector("[data-of-list]")) sessionStorage.setItem("visited", location.pathname);
function mark() {
  const visited = sessionStorage.getItem("visited");
  for (const link of document.querySelectorAll("#list a.row-link"))
    link.closest("tr").classList.toggle("is-visited", link.pathname === visited);
}
if (list) {
  mark();
  window.addEventListener("pageshow", mark);
  document.addEventListener("htmx:afterSettle", mark);
}

// -- a list that could not be had says so in its own place, with the reference that is in the log
document.addEventListener("htmx:responseError", (event) => {
  const { target, xhr, requestConfig } = event.detail;
  const broken = document.getElementById("list-broken");
  if (!broken || !["list", "list-page"].includes(target?.id)) return;
  const blank = broken.content.cloneNode(true);
  blank.querySelector("[data-reference]").textContent = xhr.responseText.match(/ERR-[0-9A-Z]+/)?.[0] || xhr.status;
  blank.querySelector("[data-again]").href = xhr.responseURL || requestConfig.path;
  document.getElementById("list").replaceChildren(blank);
});

// -- criteria that one has folded out stay so on this list
function unfold(form, open) {
  form.classList.toggle("is-open", open);
  form.querySelector("[data-criteria]")?.setAttribute("aria-expanded", String(open));
}
function recall() {
  const form = document.getElementById("criteria");
  const kept = form && sessionStorage.getItem(`criteria ${location.pathname}`);
  if (kept) unfold(form, kept === "open");
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-criteria]");
  if (!button) return;
  const form = button.closest("form");
  const open = !form.classList.contains("is-open");
  unfold(form, open);
  sessionStorage.setItem(`criteria ${location.pathname}`, open ? "open" : "closed");
  if (open) form.querySelector(".criteria-more :is(input, select, button)")?.focus();
});
recall();
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "list-page") return;
  recall();
  // the chip that one took away had the focus
  if (document.activeElement === document.body) (document.querySelector(".chip") || document.querySelector("#criteria :is(input, button)"))?.focus();
});
