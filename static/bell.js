// The bell asks once a minute how many notifications wait, as long as somebody may be looking at the page.
"use strict";
(() => {
  const count = document.getElementById("bell-count");
  if (!count) return;
  const look = () => {
    if (document.visibilityState === "visible") htmx.trigger(count, "look");
  };
  setInterval(look, 60000);
  document.addEventListener("visibilitychange", look);
})();
