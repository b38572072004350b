// The household's form: number keys tick its members, what belongs to a member goes with his tick, the list of steps
// tells how far one is.

(() => {
  const form = document.querySelector("[data-household]");
  if (!form) return;

  const members = [...form.querySelectorAll("[data-member]")];
  const tickOf = (member) => member.querySelector("input[type=checkbox][name$='-joins']");
  const { representative } = form.elements;

  // Who does not join has nothing to fill in; who represents the household signs above.
  const show = () => {
    for (const member of members) {
      const joins = tickOf(member).checked;
      const represents = representative.value === member.dataset.member;
      member.classList.toggle("is-out", !joins);
      member.querySelector("[data-member-more]").hidden = !joins;
      for (const one of form.querySelectorAll(`[data-of="m${member.dataset.member}"]`)) one.hidden = !joins;
      const own = member.querySelector("[data-own-consent]");
      if (own) {
        own.hidden = represents;
        member.querySelector("[data-represents]").hidden = !represents;
      }
      const pad = member.querySelector("[data-own-pad]");
      const way = member.querySelector("select[name$='-consent']");
      pad.hidden = represents || (way !== null && way.value !== "signed");
      if (way && way.value === "signed" && !represents) pad.open = true;
    }
  };

  // 1 to 9, unless a digit is being typed somewhere.
  const takesDigits = (one) => one.matches("input:not([type=checkbox]):not([type=radio]), select, textarea");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || takesDigits(event.target)) return;
    const member = members[Number(event.key) - 1];
    if (!/^[1-9]$/.test(event.key) || !member) return;
    event.preventDefault();
    tickOf(member).click();
    tickOf(member).focus();
  });

  // One tick for all who join.
  for (const box of form.querySelectorAll("[data-ticks]")) {
    const all = box.querySelector("[data-tick-all]");
    all.hidden = false;
    const tick = all.querySelector("input");
    const each = () => [...box.querySelectorAll("[data-of]:not([hidden]) input")];
    tick.addEventListener("change", () => { for (const one of each()) one.checked = tick.checked; });
    box.addEventListener("change", () => { tick.checked = each().length > 0 && each().every((one) => one.checked); });
    box.dispatchEvent(new Event("change"));
  }

  // The list of steps: what is done, and where one is.
  const steps = [...document.querySelectorAll("[data-steps] li")];
  const sections = steps.map((_, place) => form.querySelector(`#step-${place + 1}`));
  const joining = () => members.filter((one) => tickOf(one).checked);
  const isPaper = () => form.querySelector("input[name=mode]:checked")?.value === "paper";
  const hasInk = () => form.elements.representative_signature.value && form.elements.doctor_signature.value;
  const agreed = (member) => {
    const way = member.querySelector("select[name$='-consent']");
    const guardian = member.querySelector("input[name$='-guardian_name']");
    return representative.value === member.dataset.member || (way ? way.value : guardian.value.trim()) !== "";
  };
  const ticked = (place) => {
    const all = [...sections[place].querySelectorAll("[data-of]:not([hidden]) input")];
    return all.length > 0 && all.every((one) => one.checked);
  };
  const DONE = [
    () => form.elements.talked.checked,
    () => (isPaper() ? form.elements.paper_archived.checked : hasInk()),
    () => joining().length > 0 && joining().every(agreed),
    () => ticked(3),
    () => ticked(4),
  ];
  const tell = () => steps.forEach((step, place) => step.classList.toggle("is-done", Boolean(DONE[place]())));
  const here = (event) => {
    const place = sections.findIndex((one) => one.contains(event.target));
    steps.forEach((step, at) => {
      if (at === place) step.setAttribute("aria-current", "step");
      else if (place >= 0) step.removeAttribute("aria-current");
    });
  };

  form.addEventListener("change", () => { show(); tell(); });
  form.addEventListener("input", tell);
  form.addEventListener("pointerup", () => setTimeout(tell)); // after a stroke was kept
  form.addEventListener("focusin", here);
  const isShown = (one) => (one.checkVisibility ? one.checkVisibility() : one.offsetParent !== null);
  const goTo = (place) => {
    const section = sections[place];
    section.scrollIntoView();
    const first = [...section.querySelectorAll("input:not([type=hidden]), select")].find(isShown);
    (first || section).focus({ preventScroll: true });
  };
  steps.forEach((step, place) => step.querySelector("a").addEventListener("click", (event) => {
    event.preventDefault();
    goTo(place);
  }));
  document.addEventListener("keydown", (event) => {
    const digit = /^Digit([1-5])$/.exec(event.code);
    if (!event.altKey || event.ctrlKey || event.metaKey || !digit) return;
    event.preventDefault();
    goTo(Number(digit[1]) - 1);
  });

  document.querySelector("[data-keys]").hidden = false;
  show();
  tell();
  if (!document.querySelector("[data-first-error]")) form.elements.talked.focus({ preventScroll: true });
})();
