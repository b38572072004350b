// The signing form: shows the part that the chosen way of signing needs, the last day of the term, and lets Enter
// go to the next field instead of sending half a form.

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
  const { signed_on: signedOn, starts_on: startsOn, term_years: years } = form.elements;
  let follows = signedOn.value === startsOn.value;
  startsOn.addEventListener("change", () => { follows = signedOn.value === startsOn.value; });
  signedOn.addEventListener("change", () => {
    if (follows) startsOn.value = signedOn.value;
    showEnd();
  });

  // Start + n years - 1 day; 29 February + 1 year is 1 March, as Date.UTC reckons too.
  const out = form.querySelector("[data-end-day]");
  const showEnd = () => {
    const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(startsOn.value);
    if (!found) { out.textContent = "请先填生效日期"; return; }
    const end = new Date(Date.UTC(Number(found[1]) + Number(years.value), found[2] - 1, Number(found[3]) - 1));
    out.textContent = end.toISOString().slice(0, 10);
  };
  for (const one of [startsOn, years]) one.addEventListener("change", showEnd);
  showEnd();

  form.addEventListener("keydown", (event) => {
    const from = event.target;
    if (event.key !== "Enter" || !from.matches("input, select") || event.isComposing) return;
    event.preventDefault();
    const stops = [...form.querySelectorAll("input:not([type=hidden]), select, textarea, button")]
      .filter((one) => !one.disabled && one.offsetParent !== null);
    const next = stops[stops.indexOf(from) + 1];
    if (next) next.focus();
  });
})();
