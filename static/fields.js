// A field that matters for one choice of another is shown with that choice alone: data-only-when="cadence=weekly".
(() => {
  const apply = (root) =>
    root.querySelectorAll("[data-only-when]").forEach((field) => {
      const [name, value] = field.dataset.onlyWhen.split("=");
      const other = field.form && field.form.elements[name];
      const line = field.closest(".field");
      if (other && line) line.hidden = other.value !== value;
    });
  apply(document);
  document.addEventListener("change", (event) => event.target.form && apply(event.target.form));
  document.addEventListener("htmx:afterSwap", (event) => apply(event.detail.target));
})();
