// Narrows long lists of choices while one types. Without this file the whole list is there.
(() => {
  "use strict";

  function ready(list) {
    const input = list.querySelector("[data-filter-input]");
    if (!input || !input.hidden) return;
    const items = [...list.querySelectorAll("[data-filter-item]")];
    const empty = list.querySelector("[data-filter-empty]");
    input.hidden = false;
    // A search is no answer: it neither sends the form around it nor counts as a change of it.
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
    input.addEventListener("change", (event) => event.stopPropagation());
    input.addEventListener("input", (event) => {
      event.stopPropagation();
      const wanted = input.value.trim().toLocaleLowerCase();
      let shown = 0;
      for (const item of items) {
        item.hidden = !item.textContent.toLocaleLowerCase().includes(wanted);
        shown += item.hidden ? 0 : 1;
      }
      empty.hidden = shown > 0;
    });
  }

  const readyAll = () => document.querySelectorAll("[data-filter-list]").forEach(ready);
  new MutationObserver(readyAll).observe(document.getElementById("drawer"), { childList: true });
  document.addEventListener("htmx:after:swap", readyAll);
  readyAll();
})();
