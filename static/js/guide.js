// Fills the commands of a setup guide in with what is typed beside it: the bucket, the project and
// the service account of the key. Only plain names come in; the server says which, in data-allowed.
(() => {
  "use strict";

  const host = document.getElementById("drawer");
  const ROBOT = /^([^@]+)@([^@]+)\.iam\.gserviceaccount\.com$/;

  function ofKey(text) {
    try {
      const { client_email: email = "", project_id: project } = JSON.parse(text);
      const [, account, home] = ROBOT.exec(email) || [];
      return { project, home, exporter: account, importer: account };
    } catch {
      return {}; // not the whole key yet
    }
  }

  async function keyOf(block) {
    const file = block.querySelector("input[type=file]")?.files[0];
    const pasted = block.querySelector("textarea")?.value;
    return ofKey(file && file.size < 100_000 ? await file.text() : pasted || "");
  }

  const valueOf = (block, name) => block.querySelector(`[name^=${name}]`)?.value.trim();

  async function known(block) {
    const guide = host.querySelector("[data-guide-project]")?.value.trim();
    const key = await keyOf(block);
    const project = valueOf(block, "project_id") || key.project || guide;
    const bucket = valueOf(block, "bucket_name");
    return { home: project, ...drop(key), bucket, project, dataset: valueOf(block, "dataset_id") };
  }

  const drop = (found) => Object.fromEntries(Object.entries(found).filter(([, value]) => value));

  function fill(place, found) {
    const { fill: name, blank, allowed } = place.dataset;
    const before = (place.dataset.before ??= place.textContent); // what the server knew
    const text = found[name];
    const isPlain = new RegExp(`^(?:${allowed})$`).test(text);
    place.textContent = text ? (isPlain ? text : blank) : before;
  }

  host.addEventListener("input", async (event) => {
    const places = host.querySelectorAll("[data-fill]");
    if (!places.length) return;
    const found = await known(event.target.closest(".bucket-block") || host);
    places.forEach((place) => fill(place, found));
  });

  function show() {
    host.querySelectorAll(".guide-project").forEach((field) => (field.hidden = false));
  }

  new MutationObserver(show).observe(host, { childList: true });
  show();
})();
