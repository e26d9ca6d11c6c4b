// Tick boxes of lists, and the bar that rises from the bottom as soon as a row is ticked.
"use strict";
(() => {
  const ticks = () => [...document.querySelectorAll("#list td.tick input")];
  let last = null; // the box that was ticked before, for Shift and click

  // The boxes are made here, for the page to weigh less: fifty of them would be a tenth of it.
  function draw() {
    for (const cell of document.querySelectorAll("#list td.tick:empty")) {
      const tick = document.createElement("input");
      tick.type = "checkbox";
      tick.name = "row";
      tick.value = cell.dataset.row || cell.parentElement.querySelector("a.row-link").pathname.split("/").at(-2);
      tick.setAttribute("form", "bulk");
      tick.setAttribute("aria-label", tick.value);
      cell.append(tick);
    }
  }

  function show() {
    draw();
    const bar = document.getElementById("bulk");
    if (!bar) return;
    const all = ticks();
    const number = all.filter((tick) => tick.checked).length;
    const head = document.querySelector("[data-tick-all]");
    head.checked = number === all.length && number > 0;
    head.indeterminate = number > 0 && number < all.length;
    bar.elements.all.disabled = false; // empty fields are switched off when a form is sent
    if (number < all.length) bar.elements.all.value = "";
    const every = bar.elements.all.value !== "";
    const count = bar.querySelector(".bulk-count");
    count.textContent = every ? count.dataset.all : number === 1 ? count.dataset.one : count.dataset.many.replace("%s", number);
    bar.querySelector(".bulk-every").hidden = every;
    bar.hidden = number === 0;
    document.documentElement.classList.toggle("has-bulk-bar", number > 0);
  }

  document.addEventListener("click", (event) => {
    const tick = event.target.closest("#list td.tick input");
    if (tick) {
      const all = ticks();
      if (event.shiftKey && last && all.includes(last)) {
        const [from, to] = [all.indexOf(last), all.indexOf(tick)].sort((a, b) => a - b);
        all.slice(from, to + 1).forEach((one) => (one.checked = tick.checked));
      }
      last = tick;
    } else if (event.target.matches("[data-tick-all]")) {
      ticks().forEach((one) => (one.checked = event.target.checked));
    } else if (event.target.closest(".bulk-every")) {
      ticks().forEach((one) => (one.checked = true));
      document.getElementById("bulk").elements.all.value = "1";
    } else if (event.target.closest(".bulk-none")) {
      ticks().forEach((one) => (one.checked = false));
    } else return;
    show();
  });
  document.addEventListener("htmx:afterSettle", show);
  window.addEventListener("pageshow", show);
  show();
})();
