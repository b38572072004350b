// One question a screen: <form data-steps> with <section data-step>. Without this script the form is one page.
// The telephone's own back button leads to the question before.

(() => {
  const form = document.querySelector("[data-steps]");
  if (!form) return;

  const steps = [...form.querySelectorAll("[data-step]")];
  const [more, next, send] = ["more", "next", "send"].map((name) => form.querySelector(`[data-${name}]`));
  const last = steps.reduce((found, step, place) => ("extra" in step.dataset ? found : place), 0);
  const anyOf = (form.dataset.any || "").split(" ").filter(Boolean);
  let shown = 0;

  const progress = document.createElement("p");
  progress.className = "g-progress";
  progress.setAttribute("aria-live", "polite");
  if (last > 0) form.prepend(progress);

  function show(place, { focus = true } = {}) {
    shown = Math.max(0, Math.min(place, steps.length - 1));
    steps.forEach((step, at) => { step.hidden = at !== shown; });
    next.hidden = shown >= last;
    send.hidden = shown < last;
    more.hidden = shown !== last || last === steps.length - 1;
    progress.textContent = shown > last ? "补充" : `第 ${shown + 1} 步，共 ${last + 1} 步`;
    window.scrollTo(0, 0);
    const heading = steps[shown].querySelector("h2");
    if (focus && heading) heading.focus({ preventScroll: true });
  }

  function go(place) {
    history.pushState({ step: place }, "");
    show(place);
  }

  // What must be answered before the next question: a group needs one tick, a field must be valid.
  function complaint(step) {
    for (const group of step.querySelectorAll("fieldset.field")) {
      const boxes = [...group.querySelectorAll("input[type=radio], input[type=checkbox]")];
      if (boxes.length && !boxes.some((box) => box.checked)) return [boxes[0], "请先选一项。"];
    }
    const fields = [...step.querySelectorAll("input, select, textarea")];
    const needed = fields.find((one) => isNeeded(one) && !one.value.trim());
    if (needed) return [needed, "请填写这一项。"];
    const bad = fields.find((one) => !one.checkValidity());
    if (bad) return [bad, bad.validationMessage];
    return saysNothing(step) ? [form.elements[anyOf[0]], "请至少填一项，医生才能找到人。"] : null;
  }

  // <input data-needed-when="change=phone">
  function isNeeded(field) {
    const [name, value] = (field.dataset.neededWhen || "").split("=");
    return Boolean(name) && form.elements[name]?.value === value;
  }

  // <form data-any="person_name address">: one of them must be filled in, asked for at the step of the first.
  function saysNothing(step) {
    return anyOf.length > 0 && step.contains(form.elements[anyOf[0]])
      && anyOf.every((name) => !form.elements[name]?.value.trim());
  }

  function mayLeave(step) {
    for (const old of step.querySelectorAll("[data-said]")) old.remove();
    const found = complaint(step);
    if (!found) return true;
    const [control, words] = found;
    const said = document.createElement("p");
    said.className = "field-error";
    said.setAttribute("role", "alert");
    said.dataset.said = "";
    said.textContent = words;
    (control.closest(".field") || step).append(said);
    control.focus();
    return false;
  }

  function mark() {
    for (const box of form.querySelectorAll("input[type=radio], input[type=checkbox]")) {
      box.closest("div").classList.toggle("is-chosen", box.checked);
    }
  }

  function firstWithError() {
    const place = steps.findIndex((step) => step.querySelector(".field-error, [aria-invalid=true]"));
    return place < 0 ? 0 : place;
  }

  form.classList.add("g-stepped");
  next.addEventListener("click", () => { if (mayLeave(steps[shown])) go(shown + 1); });
  more.addEventListener("click", () => go(shown + 1));

  // A finger on the only possible answer goes on by itself; the keyboard, which passes over others, does not.
  form.addEventListener("click", (event) => {
    const isRadio = event.target.matches("input[type=radio]");
    if (isRadio && event.detail > 0 && shown < last && steps[shown].contains(event.target)) {
      window.setTimeout(() => { if (mayLeave(steps[shown])) go(shown + 1); }, 150);
    }
  });

  form.addEventListener("change", (event) => {
    mark();
    for (const old of event.target.closest("[data-step]")?.querySelectorAll("[data-said]") || []) old.remove();
  });

  // Enter goes on to the next question instead of sending half a report.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.matches("textarea, button, a")) return;
    event.preventDefault();
    const fields = [...steps[shown].querySelectorAll("input, select, textarea")];
    const following = fields[fields.indexOf(event.target) + 1];
    if (following && !event.target.matches("[type=radio], [type=checkbox]")) following.focus();
    else if (!next.hidden) next.click();
  });

  document.addEventListener("submit", (event) => {
    if (event.target !== form) return;
    const bad = steps.slice(0, Math.max(shown, last) + 1).findIndex((step) => complaint(step));
    if (bad < 0) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (bad !== shown) show(bad);
    mayLeave(steps[bad]);
  }, true);

  window.addEventListener("popstate", (event) => show(event.state?.step || 0));
  const back = document.querySelector(".g-back");
  if (back) {
    back.addEventListener("click", (event) => {
      if (shown === 0) return;
      event.preventDefault();
      if (history.state?.step) history.back();
      else show(shown - 1);
    });
  }

  form.addEventListener("outbox:restored", () => { mark(); show(firstWithError(), { focus: false }); });
  form.addEventListener("outbox:refused", () => { mark(); show(firstWithError()); });
  form.addEventListener("outbox:kept", () => { mark(); show(0); });

  mark();
  show(firstWithError(), { focus: false });
})();
