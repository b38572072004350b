// Record forms: Enter goes on to the next field, Ctrl+Enter saves; a row is added without asking the server; without a
// network nothing is sent, so that nothing is lost. What is typed is kept on the server only (draft.js), never here.

(() => {
  const form = document.querySelector("[data-record]");
  if (!form) return;

  const isShown = (one) => one.offsetParent !== null;
  const fields = () => [...form.querySelectorAll("input, select, textarea, button")]
    .filter((one) => one.type !== "hidden" && one.tabIndex >= 0 && !one.disabled && isShown(one));
  // Of several radio buttons with one name only one is a stop on the way.
  const isStop = (one, from) => one.type !== "radio" || (one.name !== from.name
    && (one.checked || !form.querySelector(`input[name="${CSS.escape(one.name)}"]:checked`)));

  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    const from = event.target;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      form.requestSubmit(form.querySelector(".btn-primary"));
      return;
    }
    if (from.tagName === "TEXTAREA" || from.tagName === "BUTTON" || from.tagName === "A") return;
    event.preventDefault();
    const all = fields();
    const next = all.slice(all.indexOf(from) + 1).find((one) => isStop(one, from));
    if (next) next.focus();
  });

  // One more row is a copy of the last, empty.
  for (const button of form.querySelectorAll("[data-row-add]")) {
    button.addEventListener("click", (event) => {
      const box = button.closest(".field");
      const table = box.querySelector("[data-rows]");
      const count = box.querySelector("[data-row-count]");
      const number = Number(count.value);
      if (number >= 20) return;
      event.preventDefault();
      const row = table.tBodies[0].rows[number - 1].cloneNode(true);
      for (const one of row.querySelectorAll(".field-error")) one.remove();
      for (const one of row.querySelectorAll("input, select")) {
        one.value = "";
        one.removeAttribute("aria-invalid");
        one.name = one.name.replace(`-${number - 1}-`, `-${number}-`);
        one.setAttribute("aria-label", one.getAttribute("aria-label").replace(`第 ${number} 行`, `第 ${number + 1} 行`));
      }
      table.tBodies[0].append(row);
      count.value = String(number + 1);
      row.querySelector("input, select").focus();
    });
  }

  // Before anything is sent the server is asked whether it can be reached: a telephone that believes in a network that is
  // none would leave the page for the browser's own. Listens before the page's own handler, which marks the form as sent.
  const said = form.querySelector("[data-draft-said]");
  const isReached = async () => {
    try {
      const answer = await fetch(form.dataset.record, { cache: "no-store", signal: AbortSignal.timeout(5000) });
      return answer.ok;
    } catch {
      return false;
    }
  };
  let isAsking = false;
  let isAnswered = false;
  window.addEventListener("submit", async (event) => {
    if (event.target !== form || isAnswered) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (isAsking) return;
    isAsking = true;
    isAnswered = await isReached();
    isAsking = false;
    if (isAnswered) form.requestSubmit(event.submitter);
    else if (said) said.textContent = "网络不通，没有保存。内容还在本页，连上网络后再点“保存”。";
    isAnswered = false;
  }, true);
  window.addEventListener("online", () => {
    if (said) said.textContent = "网络已恢复，请点“保存”。";
  });
})();
