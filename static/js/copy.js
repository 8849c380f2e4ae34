// Copies a code sample, and says so. Where the browser gives no clipboard, the text is selected.
(() => {
  "use strict";

  const SHOWN_MS = 2500;

  function say(sample, words) {
    const status = sample.querySelector("[role=status]");
    const label = sample.querySelector("[data-copy] > span");
    const before = (label.dataset.before ??= label.textContent);
    status.textContent = label.textContent = words;
    clearTimeout(status.timer);
    status.timer = setTimeout(() => {
      status.textContent = "";
      label.textContent = before;
    }, SHOWN_MS);
  }

  async function copied(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return false; // no clipboard on a page without https, or the person said no
    }
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const sample = button.closest(".code-sample");
    const text = sample.querySelector(".code");
    if (await copied(text.textContent)) {
      say(sample, button.dataset.copied);
      return;
    }
    getSelection().selectAllChildren(text);
    say(sample, button.dataset.selected);
  });
})();
