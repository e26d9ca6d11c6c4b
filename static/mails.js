// The editor of a mail template: the preview follows what is typed, placeholders go where the cursor is.
"use strict";

(() => {
  const form = document.querySelector("[data-mail-editor]");
  if (!form) return;
  const place = document.querySelector("[data-preview-frame]");
  const button = form.querySelector("[data-preview]");
  let waiting = 0;
  let last = form.querySelector("textarea");

  // A fresh frame for each preview: the old one stays until the new one is there, and "Back" leads out of the page.
  const preview = () => {
    const old = place.lastElementChild;
    const fresh = old.cloneNode();
    old.removeAttribute("name");
    fresh.classList.add("is-coming");
    place.append(fresh);
    fresh.addEventListener("load", () => {
      fresh.classList.remove("is-coming");
      while (place.firstElementChild !== fresh) place.firstElementChild.remove();
    });
    form.requestSubmit(button);
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(preview, 500);
  });
  form.addEventListener("focusin", (event) => {
    if (event.target.matches("textarea, input[name=subject]")) last = event.target;
  });
  form.addEventListener("click", (event) => {
    const name = event.target.closest("[data-insert]")?.dataset.insert;
    if (!name) return;
    last.focus();
    last.setRangeText(`{{ ${name} }}`, last.selectionStart, last.selectionEnd, "end");
    last.dispatchEvent(new Event("input", { bubbles: true }));
  });
  preview();
})();
