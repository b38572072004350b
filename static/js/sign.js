// The signing forms: show the part that the chosen way of signing needs, the last day of the term, what late entry
// means; Enter goes on to the next field instead of sending half a form, Ctrl+Enter sends it.

(() => {
  const form = document.querySelector("[data-sign]");
  if (!form) return;

  const parts = form.querySelectorAll("[data-mode]");
  const showMode = () => {
    const chosen = form.querySelector("input[name=mode]:checked");
    for (const part of parts) part.hidden = !chosen || part.dataset.mode !== chosen.value;
  };
  for (const radio of form.querySelectorAll("input[name=mode]")) radio.addEventListener("change", showMode);
  showMode();

  // The begin follows the day of signing until it is set by itself.
  const { signed_on: signedOn, starts_on: startsOn, term_years: years, days } = form.elements;
  const late = form.querySelector("[data-late]");
  const showLate = () => {
    if (late) late.hidden = !signedOn.value || signedOn.value >= signedOn.dataset.inTime;
  };
  let follows = signedOn.value === startsOn.value;
  startsOn.addEventListener("change", () => { follows = signedOn.value === startsOn.value; });
  signedOn.addEventListener("change", () => {
    if (follows) startsOn.value = signedOn.value;
    showEnd();
    showLate();
  });
  showLate();

  // Start + n years - 1 day; 29 February + 1 year is 1 March, as Date.UTC reckons too.
  const out = form.querySelector("[data-end-day]");
  const showEnd = () => {
    const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(startsOn.value);
    const [more, rest] = years ? [Number(years.value), 0] : [0, Number(days.value)];
    if (!found || !(more + rest)) { out.textContent = "请先填生效日期和期限"; return; }
    const end = new Date(Date.UTC(Number(found[1]) + more, found[2] - 1, Number(found[3]) + rest - 1));
    out.textContent = end.toISOString().slice(0, 10);
  };
  for (const one of [startsOn, years, days]) if (one) one.addEventListener("change", showEnd);
  showEnd();

  // A menu opens with its package, and choosing from it takes the package.
  for (const box of form.querySelectorAll("[data-package]")) {
    const menu = box.querySelector("[data-menu]");
    const tick = box.querySelector("input[name=packages]");
    if (!menu) continue;
    const show = () => { menu.hidden = !tick.checked; };
    tick.addEventListener("change", () => {
      show();
      if (!tick.checked) for (const one of menu.querySelectorAll("input")) one.checked = false;
    });
    show();
  }

  const isShown = (one) => (one.checkVisibility ? one.checkVisibility() : one.offsetParent !== null);
  const isOther = (one, from) => one.type !== "radio" || (one.name !== from.name
    && (one.checked || !form.querySelector(`input[name="${one.name}"]:checked`)));
  form.addEventListener("keydown", (event) => {
    const from = event.target;
    if (event.key !== "Enter" || event.isComposing) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      form.requestSubmit(form.querySelector(".form-actions .btn-primary"));
      return;
    }
    if (!from.matches("input:not([type=file]), select")) return;
    event.preventDefault();
    const stops = [...form.querySelectorAll("input:not([type=hidden]), select, textarea, button:not([type=button])")]
      .filter((one) => one === from || (!one.disabled && isShown(one) && isOther(one, from)));
    const next = stops[stops.indexOf(from) + 1];
    if (next) next.focus();
  });
})();
