// Drawers work without this file: each has its own address and its close button is a link.
// This adds what a link cannot: focus moves in, stays in and comes back, Esc closes, the page
// behind rests, and Back and Forward close and open the drawer without loading the page again.
(() => {
  "use strict";

  const host = document.getElementById("drawer");
  const frame = document.getElementById("frame");
  // From what the drawer was opened: first the page, then drawers that led to others, each as
  // {url, opener, isPage}. Empty when the server rendered page and drawer together.
  let trail = [];
  let request = null; // what is being asked for, as a part of the trail
  let focusNext = ""; // where the focus goes with the next content of the drawer

  const drawer = () => host.querySelector(":scope > .drawer");
  let page = drawer() ? "" : location.href; // what lies behind, if it can be gone back to
  const pathOf = (url) => new URL(url, location.href).pathname;

  // What an element can be found by once a live list has put another in its place.
  function nameOf(element) {
    const control = element.matches("form") ? document.activeElement : element;
    // A menu closes when the drawer opens, so focus comes back to what opens the menu.
    const shown = control.closest("details.menu")?.querySelector("summary") || control;
    const testid = shown.dataset.testid;
    if (testid) return `[data-testid="${CSS.escape(testid)}"]`;
    const href = shown.getAttribute("href");
    return href ? `a[href="${CSS.escape(href)}"]` : "";
  }

  const found = (name, within) => (name && within.querySelector(name)) || null;

  function settle() {
    const panel = drawer();
    frame.inert = Boolean(panel);
    if (!panel) return;
    if (request?.isPage && !trail.length) begin(); // a drawer without an address of its own
    const first =
      found(focusNext, panel) || panel.querySelector("[aria-invalid=true], [autofocus]");
    focusNext = "";
    (first || panel).focus({ preventScroll: !first });
  }

  function giveBack(opener) {
    host.replaceChildren();
    frame.inert = false;
    trail = [];
    (found(opener, frame) || document.getElementById("main")).focus();
  }

  function close(href) {
    if (!trail.length) {
      location.assign(href);
      return;
    }
    const place = trail.find(({ url }) => pathOf(url) === pathOf(href)) || trail[0];
    if (place.isPage) {
      if (location.href !== place.url) history.pushState({ htmx: true }, "", place.url);
      giveBack(place.opener);
    } else {
      htmx.ajax("GET", place.url, { target: host, push: "true" });
    }
  }

  // -- the address ------------------------------------------------------------------------------
  document.addEventListener("htmx:before:request", (event) => {
    const { target, sourceElement } = event.detail.ctx;
    if (target !== host) return;
    request = { url: location.href, opener: nameOf(sourceElement), isPage: !drawer() };
  });
  document.addEventListener("htmx:finally:request", (event) => {
    if (event.detail.ctx.target === host) request = null;
  });

  function begin() {
    page = request.url;
    trail = [request];
  }

  // To a further drawer, or back to one before it; the page itself is at place 0.
  function goOn(place) {
    if (place < 0) trail = [...trail, request];
    if (place < 1) return;
    focusNext = trail[place].opener;
    trail = trail.slice(0, place);
  }

  document.addEventListener("htmx:after:history:push", () => {
    if (!request) return;
    if (request.isPage) begin();
    else if (trail.length) goOn(trail.findIndex(({ url }) => pathOf(url) === location.pathname));
    history.replaceState({ htmx: true, trail }, "", location.href);
  });

  document.addEventListener("htmx:before:history:restore", (event) => {
    const before = history.state.trail || [];
    if (drawer() && location.href === page) {
      event.preventDefault();
      giveBack(trail[0].opener);
    } else if (before.length && before[0].url === page) {
      event.preventDefault();
      focusNext = trail.find(({ url }) => url === location.href)?.opener || "";
      trail = before;
      const restore = new Event("drawer:restore", { cancelable: true }); // unsaved.js may have it
      if (document.dispatchEvent(restore)) htmx.ajax("GET", location.href, { target: host });
    }
  });

  // -- keys and links ---------------------------------------------------------------------------
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-drawer-close]");
    if (!link || !drawer() || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    close(link.href);
  });

  function isTabStop(element) {
    const isSeen = element.checkVisibility({ visibilityProperty: true });
    return isSeen && element.tabIndex >= 0 && !element.disabled;
  }

  // The browser would go on to its own bars, or nowhere: from the last control, on to the first.
  function keepInside(event) {
    const all = "a[href], button, input, select, textarea, summary, [tabindex]";
    const stops = [...drawer().querySelectorAll(all)].filter(isTabStop);
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    const now = document.activeElement;
    const sameGroup = edge.type === "radio" && now.type === "radio" && edge.name === now.name;
    const isOut = !drawer().contains(now) || (event.shiftKey && now === drawer());
    if (now !== edge && !sameGroup && !isOut) return;
    event.preventDefault();
    (event.shiftKey ? stops.at(-1) : stops[0]).focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || !drawer() || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") {
      event.preventDefault(); // else this Esc also closes a dialog that asks whether to
      host.querySelector("[data-drawer-close]").click();
    }
    if (event.key === "Tab") keepInside(event);
  });

  new MutationObserver(settle).observe(host, { childList: true });
  settle();
})();
