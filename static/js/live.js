// Parts of a page that change by themselves ask the server again, `data-live` seconds after its
// last answer. Nobody asks while nobody looks: a hidden tab is silent, and asks at once when it is
// shown. What has not changed is answered without a body. Without this file a reload shows it.
(() => {
  "use strict";

  const LONGEST_S = 60;
  const ownTitle = document.title;
  const news = () => document.querySelector("[data-live-news]");
  const timers = new WeakMap();
  const failures = new WeakMap(); // how often a part has not been answered, one after the other
  let before = null; // the states of the rows before they were replaced
  let ended = 0; // what has come to an end since somebody looked

  const parts = () => [...document.querySelectorAll("[data-live]")];
  const partOf = (event) => {
    const part = event.detail.ctx.sourceElement;
    return part?.matches("[data-live]") ? part : null;
  };

  function ask(part) {
    if (part.isConnected && !document.hidden) part.dispatchEvent(new CustomEvent("live"));
  }

  function schedule(part) {
    clearTimeout(timers.get(part));
    timers.delete(part);
    if (document.hidden || !part.isConnected || !part.dataset.live) return;
    const seconds = Number(part.dataset.live) * 2 ** (failures.get(part) || 0);
    timers.set(part, setTimeout(() => ask(part), Math.min(seconds, LONGEST_S) * 1000));
  }

  function scheduleNew() {
    for (const part of parts()) if (!timers.has(part)) schedule(part);
  }

  // -- what is said, and shown as the title -------------------------------------------------------
  const states = () =>
    new Map(
      [...document.querySelectorAll("[data-live-state]")].map((row) => [
        row.dataset.liveOf || row.id, // the state of a row that has left the list
        { ...row.dataset },
      ]),
    );

  function tell(old) {
    const changed = [...states()].filter(
      ([id, now]) => old.has(id) && old.get(id).liveState !== now.liveState,
    );
    if (!changed.length) return;
    news().textContent = changed.map(([, now]) => now.liveSays).join(" ");
    const over = changed.filter(([, now]) => now.liveEnded);
    if (!over.length || document.hasFocus()) return;
    ended += over.length;
    document.title = `(${ended}) ${over.at(-1)[1].liveEnded} – ${title()}`;
  }

  // The words of the part that changes, with what the page's own title has behind its name.
  function title() {
    const part = document.querySelector("[data-live-title]");
    const behind = ownTitle.slice(ownTitle.lastIndexOf(" · "));
    return part ? part.dataset.liveTitle + behind : document.title;
  }

  function lookedAt() {
    ended = 0;
    document.title = title();
  }

  document.addEventListener("htmx:config:request", (event) => {
    const part = partOf(event);
    const tag = part?.dataset.liveTag;
    if (tag) event.detail.ctx.request.headers["If-None-Match"] = tag;
    const rows = [...(part?.querySelectorAll("tr[data-live-state]") || [])];
    const numbers = rows.map((row) => row.id.split("-").at(-1));
    if (numbers.length) event.detail.ctx.request.headers["Live-Rows"] = numbers.join(",");
  });

  document.addEventListener("htmx:before:request", (event) => {
    // Also of parts that htmx itself asks for every few seconds.
    const isByItself = event.detail.ctx.sourceEvent?.type === "every" || partOf(event);
    if (isByItself && document.hidden) event.preventDefault();
  });

  document.addEventListener("htmx:before:swap", () => (before = states()));
  document.addEventListener("htmx:after:swap", () => {
    if (before && news()) tell(before);
    before = null;
    if (!ended) document.title = title();
  });

  document.addEventListener("htmx:finally:request", (event) => {
    const part = partOf(event);
    if (part) {
      const status = event.detail.ctx.response?.status ?? 500;
      failures.set(part, status < 500 ? 0 : (failures.get(part) || 0) + 1);
      schedule(part);
    }
    scheduleNew();
  });

  document.addEventListener("visibilitychange", () => {
    for (const part of parts()) document.hidden ? clearTimeout(timers.get(part)) : ask(part);
    if (!document.hidden) lookedAt();
  });
  window.addEventListener("focus", lookedAt);

  scheduleNew();
})();
