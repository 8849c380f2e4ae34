// Drawers work without this file: each has its own address and its close button is a link.
// This adds what a link cannot: focus moves in and comes back, Esc closes, the page behind rests.
(() => {
  "use strict";

  const host = document.getElementById("drawer");
  const frame = document.getElementById("frame");
  const failed = document.getElementById("request-failed");
  let opener = null; // what had the focus when the drawer opened over this page
  let pageUrl = null; // the address of the page underneath; null when the server rendered both

  const drawer = () => host.querySelector(":scope > .drawer");

  function settle() {
    const panel = drawer();
    frame.inert = Boolean(panel);
    if (!panel) return;
    closeMenus();
    const first = panel.querySelector("[aria-invalid=true], [autofocus]");
    (first || panel).focus({ preventScroll: !first });
  }

  function close(url) {
    const target = new URL(url, location.href);
    if (pageUrl?.pathname !== target.pathname) {
      location.assign(target);
      return;
    }
    host.replaceChildren();
    frame.inert = false;
    history.pushState({ htmx: true }, "", pageUrl);
    (opener.isConnected ? opener : document.getElementById("main")).focus();
    opener = pageUrl = null;
  }

  function closeMenus(besides = null) {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(besides)) menu.open = false;
    });
  }

  document.addEventListener("htmx:before:request", (event) => {
    const { target, sourceElement } = event.detail.ctx;
    if (target !== host || drawer()) return;
    // A menu closes when the drawer opens, so focus comes back to what opens the menu.
    opener = sourceElement.closest("details.menu")?.querySelector("summary") || sourceElement;
    pageUrl = new URL(location.href);
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-drawer-close]");
    if (link && drawer() && !event.metaKey && !event.ctrlKey) {
      event.preventDefault();
      close(link.href);
    }
    closeMenus(event.target);
  });

  document.addEventListener("focusin", (event) => closeMenus(event.target));

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (drawer()) {
      close(host.querySelector("[data-drawer-close]").href);
    }
  });

  document.addEventListener("htmx:error", (event) => {
    if (event.detail.error?.name !== "AbortError") failed.hidden = false;
  });
  document.addEventListener("htmx:after:request", (event) => {
    failed.hidden = event.detail.ctx.response.status < 500;
  });

  new MutationObserver(settle).observe(host, { childList: true });
  settle();
})();
