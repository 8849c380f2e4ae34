// Says when the server did not answer as it should: what the page shows may be out of date.
(() => {
  "use strict";

  const failed = document.getElementById("request-failed");

  document.addEventListener("htmx:error", (event) => {
    if (event.detail.error?.name !== "AbortError") failed.hidden = false;
  });
  document.addEventListener("htmx:after:request", (event) => {
    failed.hidden = event.detail.ctx.response.status < 500;
  });
})();
