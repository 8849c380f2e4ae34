// Keeps what was typed last when somebody leaves a step without a button.
(() => {
  "use strict";

  const form = document.getElementById("wizard-form");
  if (!form) return;
  let changed = false;

  const note = () => (changed = true);
  form.addEventListener("input", note);
  form.addEventListener("change", note);
  // A button says itself what becomes of it, also one that drops the change.
  document.addEventListener("submit", () => (changed = false));

  window.addEventListener("pagehide", () => {
    if (!changed) return;
    changed = false;
    const sent = new URLSearchParams(new FormData(form));
    sent.set("check", "1");
    sent.set("leave", "1");
    navigator.sendBeacon(form.action, sent);
  });
})();
