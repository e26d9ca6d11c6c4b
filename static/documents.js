// The viewer of documents: zoom, turn, pages; by the buttons, and by keys while a viewer has the focus.
"use strict";

(() => {
  const states = new WeakMap();
  const state = (viewer) => {
    if (!states.has(viewer)) states.set(viewer, { zoom: 1, turn: 0, page: 1 });
    return states.get(viewer);
  };

  function lay(viewer) {
    const picture = viewer.querySelector("[data-sheet] img");
    if (!picture?.naturalWidth) return;
    const { zoom, turn } = state(viewer);
    const lies = turn % 180 !== 0;
    const [width, height] = [picture.naturalWidth, picture.naturalHeight];
    const desk = viewer.querySelector("[data-desk]");
    const scale = (Math.min(1, (desk.clientWidth - 24) / (lies ? height : width))) * zoom;
    const sheet = picture.parentElement;
    sheet.style.width = `${(lies ? height : width) * scale}px`;
    sheet.style.height = `${(lies ? width : height) * scale}px`;
    picture.style.width = `${width * scale}px`;
    picture.style.height = `${height * scale}px`;
    picture.style.transform = `translate(-50%, -50%) rotate(${turn}deg)`;
    sheet.classList.add("is-laid");
  }

  function zoom(viewer, by) {
    const one = state(viewer);
    one.zoom = by === "fit" ? 1 : Math.min(8, Math.max(0.2, one.zoom * Number(by)));
    lay(viewer);
  }

  function turn(viewer) {
    const one = state(viewer);
    one.turn = (one.turn + 90) % 360;
    lay(viewer);
  }

  function leaf(viewer, by) {
    const picture = viewer.querySelector("[data-sheet] img");
    const pages = Number(picture?.dataset.pages || 1);
    const one = state(viewer);
    const next = Math.min(pages, Math.max(1, one.page + by));
    if (next === one.page) return;
    one.page = next;
    picture.src = picture.src.replace(/\d+\/$/, `${next}/`);
    viewer.querySelector("[data-page-now]").textContent = next;
    viewer.querySelector('[data-page="-1"]').disabled = next === 1;
    viewer.querySelector('[data-page="1"]').disabled = next === pages;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-viewer] :is([data-zoom], [data-turn], [data-page])");
    if (button) {
      const viewer = button.closest("[data-viewer]");
      if ("zoom" in button.dataset) zoom(viewer, button.dataset.zoom);
      else if ("turn" in button.dataset) turn(viewer);
      else leaf(viewer, Number(button.dataset.page));
    }
    const line = event.target.closest(".doc-list [data-doc]");
    if (!line) return;
    line.closest(".doc-list").querySelector("[aria-current]")?.removeAttribute("aria-current");
    line.setAttribute("aria-current", "true");  // an empty value would mean false
  });

  const keys = { "+": (v) => zoom(v, 1.25), "=": (v) => zoom(v, 1.25), "-": (v) => zoom(v, 0.8), 0: (v) => zoom(v, "fit"), r: turn, ArrowLeft: (v) => leaf(v, -1), ArrowRight: (v) => leaf(v, 1) };
  document.addEventListener("keydown", (event) => {
    const viewer = event.target.closest?.("[data-viewer]");
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!viewer || !act || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
    event.preventDefault();
    act(viewer);
  });

  // Load and error of a picture don't bubble.
  document.addEventListener("load", (event) => {
    const viewer = event.target.closest?.("[data-viewer]");
    if (!viewer) return;
    viewer.querySelector(".doc-broken").hidden = true;
    lay(viewer);
  }, true);
  document.addEventListener("error", (event) => {
    const viewer = event.target.closest?.("[data-viewer]");
    if (viewer) viewer.querySelector(".doc-broken").hidden = false;
  }, true);
  const every = () => document.querySelectorAll("[data-viewer]").forEach(lay);
  window.addEventListener("resize", every);
  document.addEventListener("htmx:afterSettle", every);
  every();
})();
