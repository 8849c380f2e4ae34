// The formats of Created On follow the column that is chosen. Without this file all are offered.
(() => {
  "use strict";

  const column = document.getElementById("id_created_on_column");
  const format = document.getElementById("id_created_on_format");
  if (!column || !format) return;
  const all = [...format.options];

  function narrow() {
    const allowed = (column.selectedOptions[0]?.dataset.formats || "").split("|");
    const chosen = format.value;
    format.replaceChildren(...all.filter((option) => allowed.includes(option.value)));
    if (allowed.includes(chosen)) format.value = chosen;
    else format.selectedIndex = 0;
  }

  column.addEventListener("change", narrow);
  narrow();
})();
