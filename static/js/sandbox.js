// A form whose answer is a file leaves the page as it was. This saves the file, then shows the
// page as it is now. Without this file the download still comes; a reload shows the rest.
(() => {
  "use strict";

  function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
  }

  async function refresh(address) {
    const page = await (await fetch(address)).text();
    const fresh = new DOMParser().parseFromString(page, "text/html");
    document.getElementById("main").replaceWith(fresh.getElementById("main"));
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-download]")) return;
    event.preventDefault();
    const asked = fetch(form.action, { method: "POST", body: new FormData(form) });
    const response = await asked.catch(() => null);
    const name = /filename="([^"]+)"/.exec(response?.headers.get("Content-Disposition") || "");
    if (!name) {
      form.submit(); // refused: let the browser show the page that says why
      return;
    }
    save(await response.blob(), name[1]);
    await refresh(form.dataset.download);
  });
})();
