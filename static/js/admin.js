// Drop-down filters of a list: one open at a time, closed by a click elsewhere or by Escape.
const filters = [...document.querySelectorAll("details.adm-filter")];

function closeAll(except) {
  for (const one of filters) if (one !== except) one.open = false;
}

for (const one of filters) {
  one.addEventListener("toggle", () => {
    if (one.open) closeAll(one);
  });
  one.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    one.open = false;
    one.querySelector("summary").focus();
  });
}

document.addEventListener("click", (event) => closeAll(event.target.closest("details.adm-filter")));
