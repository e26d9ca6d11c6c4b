// The search field of a long list of ticks: hides what doesn't have the words. What is ticked stays ticked, seen or not.
"use strict";

function offerTickSearch(root) {
  root.querySelectorAll("[data-tick-search]").forEach((input) => (input.hidden = false));
}
document.addEventListener("DOMContentLoaded", () => offerTickSearch(document));
document.addEventListener("htmx:afterSwap", (event) => offerTickSearch(event.detail.target));
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches?.("[data-tick-search]")) event.preventDefault();
});
document.addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-tick-search]")) return;
  const list = event.target.closest("[data-tick-list]");
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const group of list.querySelectorAll(".tick-group")) {
    const head = group.querySelector(".tick-head")?.textContent.toLowerCase() ?? "";
    let shown = 0;
    for (const tick of group.querySelectorAll(".tick")) {
      const text = `${head} ${tick.textContent.toLowerCase()}`;
      tick.hidden = !words.every((word) => text.includes(word));
      shown += !tick.hidden;
    }
    group.hidden = shown === 0;
    found += shown;
  }
  list.querySelector("[data-tick-none]").hidden = found > 0;
});
