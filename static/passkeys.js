// Passkeys: asks the browser for one, puts its answer into the form and sends the form. Without them the page offers the rest alone.
"use strict";
(() => {
  const able = window.isSecureContext && "PublicKeyCredential" in window;

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  // The server's options are JSON: what WebAuthn wants as bytes is text in them.
  function asked(options) {
    const key = structuredClone(options.publicKey);
    key.challenge = bytes(key.challenge);
    if (key.user) key.user.id = bytes(key.user.id);
    for (const list of ["allowCredentials", "excludeCredentials"]) for (const one of key[list] || []) one.id = bytes(one.id);
    return { publicKey: key };
  }

  function answer(credential) {
    const given = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
      if (credential.response[name]) given[name] = text(credential.response[name]);
    return {
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      response: given,
      clientExtensionResults: credential.getClientExtensionResults(),
    };
  }

  async function options(button) {
    if (button.dataset.passkeyOptions) return JSON.parse(document.getElementById(button.dataset.passkeyOptions).textContent);
    const response = await fetch(button.dataset.passkeyQuestion, {
      method: "POST",
      headers: { "X-CSRFToken": button.form.elements.csrfmiddlewaretoken.value },
    });
    if (!response.ok) throw new Error(`the question was answered by ${response.status}`);
    return response.json();
  }

  function say(form, error) {
    const place = form.querySelector("[data-passkey-said]");
    if (!place) return;
    const kind = { NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "exists" }[error?.name] || "failed";
    place.textContent = error ? place.dataset[kind] : "";
    place.hidden = !error;
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-passkey]");
    if (!button) return;
    const form = button.form;
    button.disabled = true;
    say(form);
    try {
      const wanted = asked(await options(button));
      const credential = await (button.dataset.passkey === "create" ? navigator.credentials.create(wanted) : navigator.credentials.get(wanted));
      form.querySelector("[data-passkey-answer]").value = JSON.stringify(answer(credential));
      form.requestSubmit();
    } catch (error) {
      say(form, error);
    } finally {
      button.disabled = false;
    }
  });

  function show(root) {
    for (const one of root.querySelectorAll("[data-passkey-able]")) one.hidden = !able;
    for (const one of root.querySelectorAll("[data-passkey-unable]")) one.hidden = able;
  }
  show(document);
  document.addEventListener("htmx:afterSwap", (event) => show(event.detail.target));
})();
