// Menus are `details` elements. This closes one when something else is chosen, or by Esc.
(() => {
  "use strict";

  const OPEN = "details.menu[open]";

  function closeAll(besides = null) {
    document.querySelectorAll(OPEN).forEach((menu) => {
      if (!menu.contains(besides)) menu.open = false;
    });
  }

  document.addEventListener("click", (event) => closeAll(event.target));
  document.addEventListener("focusin", (event) => closeAll(event.target));
  // Before the drawer hears of it: one Esc closes one thing.
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector(OPEN);
    if (!menu) return;
    event.stopImmediatePropagation();
    menu.open = false;
    menu.querySelector("summary").focus();
  }, { capture: true });

  new MutationObserver(() => closeAll()).observe(document.getElementById("drawer"), { childList: true });
})();
