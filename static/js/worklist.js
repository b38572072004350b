// Keys in the worklist: j and k go from task to task, space ticks, Enter opens. Without it Tab and the mouse do the same.

const ticks = [...document.querySelectorAll('.work-table input[name="task"]')];
const all = document.querySelector("[data-tick-all]");

if (all && ticks.length) {
  all.closest("label").hidden = false;
  all.addEventListener("change", () => {
    for (const one of ticks) one.checked = all.checked;
  });
}

// The first tick shows what can be done with it.
const plan = document.querySelector("details[data-plan]");
for (const one of ticks) {
  one.addEventListener("change", () => {
    if (plan && one.checked) plan.open = true;
  });
}

function isTyping(element) {
  return element.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
  const here = event.target.closest("tr");
  const at = ticks.findIndex((one) => one.closest("tr") === here);
  const step = { j: 1, k: -1 }[event.key];
  if (step) {
    const next = ticks[at < 0 ? 0 : at + step];
    if (next) next.focus();
    event.preventDefault();
  } else if (event.key === "Enter" && at >= 0 && event.target === ticks[at]) {
    const open = here.querySelector("td.right a");
    if (open) open.click();
    event.preventDefault();
  }
});
