// Asks before what was typed into the drawer is lost: when it is closed, when a link in it leads
// elsewhere, when the page is left. Not by Back: Forward brings the drawer back as it was. What is
// marked `data-unsaved` the server did not take. Without this file, nothing asks.
(() => {
  "use strict";

  const host = document.getElementById("drawer");
  const question = document.getElementById("unsaved");
  const kept = new Map(); // drawers that Back left with something typed: their parts, by address
  let address = ""; // of what is shown, without what follows a #
  let sent = null; // the form on its way: {form, typed}
  let settled = false; // answered: what was typed may go
  let goOn = null; // what to do if so

  function isChanged(control) {
    if (!control.name || control.disabled) return false;
    if (control.type === "checkbox" || control.type === "radio") {
      return control.checked !== control.defaultChecked;
    }
    if (control.type === "file") return control.files.length > 0;
    if (control.options) return isChosenAnew(control);
    return "defaultValue" in control && control.value !== control.defaultValue;
  }

  function isChosenAnew({ options, selectedIndex }) {
    const all = [...options];
    if (!all.some((option) => option.defaultSelected)) return selectedIndex > 0;
    return all.some((option) => option.selected !== option.defaultSelected);
  }

  function isUnsaved(form) {
    const isMarked = form.matches("[data-unsaved]") || form.querySelector("[data-unsaved]");
    return Boolean(isMarked) || [...form.elements].some(isChanged);
  }

  const isTyped = () => !settled && [...host.querySelectorAll("form")].some(isUnsaved);

  function ask(then) {
    goOn = then;
    question.returnValue = "";
    question.showModal();
  }

  question.addEventListener("close", () => {
    if (question.returnValue !== "leave") return;
    settled = true;
    goOn();
  });

  // -- ways out ---------------------------------------------------------------------------------
  function leadsAway(link) {
    if (link.matches("[data-drawer-close]")) return true;
    if (link.target === "_blank" || link.hasAttribute("download")) return false;
    if (link.getAttribute("href").startsWith("#")) return false;
    return ["#drawer", null].includes(link.getAttribute("hx-target"));
  }

  function stop(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("#drawer a[href]");
    if (!link || event.metaKey || event.ctrlKey || !leadsAway(link) || !isTyped()) return;
    stop(event);
    ask(() => link.click());
  }, { capture: true });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!host.contains(form)) return;
    // A button of its own, such as Test beside a form that is being filled in.
    if (!isUnsaved(form) && isTyped()) {
      stop(event);
      ask(() => form.requestSubmit(event.submitter));
      return;
    }
    sent = { form, typed: isTyped() };
  }, { capture: true });

  addEventListener("beforeunload", (event) => {
    // Nobody has touched this page yet: the browser would not ask, and complain.
    if (!navigator.userActivation?.hasBeenActive) return;
    if (!sent && isTyped()) event.preventDefault();
  });

  // -- Back and Forward -------------------------------------------------------------------------
  const addressNow = () => location.pathname + location.search;

  document.addEventListener("htmx:before:history:restore", (event) => {
    if (!host.firstElementChild) return;
    if (address === addressNow()) stop(event); // only another place in the same drawer
    else if (isTyped()) kept.set(address, [...host.childNodes]);
  });

  document.addEventListener("drawer:restore", (event) => {
    const parts = kept.get(addressNow());
    if (!parts) return;
    event.preventDefault();
    kept.delete(addressNow());
    host.replaceChildren(...parts);
    htmx.process(host, true);
  });

  document.addEventListener("htmx:after:history:push", () => {
    address = addressNow();
    kept.delete(address);
  });

  // -- what came of it --------------------------------------------------------------------------
  function shownAgain({ form, typed }) {
    const again = typed && form.id && document.getElementById(form.id);
    const isField = ({ name, type }) => name && type !== "hidden";
    return again && [...again.elements].some(isField) ? again : null;
  }

  // Not of any other request: estimates and tests that are watched come back in between.
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    if (ctx.sourceElement === sent?.form && !ctx.hx?.redirect) sent = null;
  });

  function settle() {
    const refused = sent && shownAgain(sent);
    if (refused) refused.dataset.unsaved = "";
    address = addressNow();
    settled = false;
    sent = null;
  }

  new MutationObserver(settle).observe(host, { childList: true });
  settle();
})();
