// Before the first paint: the system's colour scheme where none is chosen, and the folded menu.
"use strict";
(() => {
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    if (root.dataset.scheme === "auto") root.dataset.bsTheme = dark.matches ? "dark" : "light";
  };
  apply();
  dark.addEventListener("change", apply);
  if (localStorage.getItem("menu") === "folded") root.classList.add("is-folded");
})();
