// Asks before what was typed into the drawer is lost: when it is closed, when a link in it leads
// elsewhere, when the page is left. Not by Back, which is undone by Forward. Without this file,
// nothing asks.
(() => {
  "use strict";

  const host = document.getElementById("drawer");
  const question = document.getElementById("unsaved");
  let refused = false; // what is shown is what the server did not take
  let sent = null; // the form on its way: {id, typed}
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

  function isTyped() {
    if (settled) return false;
    const forms = [...host.querySelectorAll("form")];
    return refused || forms.some((form) => [...form.elements].some(isChanged));
  }

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
    const isChange = [...form.elements].some(isChanged);
    // A button of its own, such as Test beside a form that is being filled in.
    if (!isChange && !refused && isTyped()) {
      stop(event);
      ask(() => form.requestSubmit(event.submitter));
      return;
    }
    sent = { id: form.id, typed: isTyped() };
  }, { capture: true });

  addEventListener("beforeunload", (event) => {
    if (!sent && isTyped()) event.preventDefault();
  });
  document.addEventListener("htmx:before:history:restore", () => (settled = true));

  // -- what came of it --------------------------------------------------------------------------
  function isShownAgain({ id, typed }) {
    const form = typed && id && document.getElementById(id);
    return Boolean(form) && [...form.elements].some(({ name, type }) => name && type !== "hidden");
  }

  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    if (host.contains(ctx.sourceElement) && !ctx.hx?.redirect) sent = null;
  });

  new MutationObserver(() => {
    refused = Boolean(sent && isShownAgain(sent));
    settled = false;
    sent = null;
  }).observe(host, { childList: true });
})();
