// Keeps what is typed into <form data-draft="address">: some seconds after typing, and on leaving the page.
// Never drawings, photos or places: those stay in the browser until the form is sent.

(() => {
  const form = document.querySelector("[data-draft]");
  if (!form) return;

  const WAIT = 3000; // milliseconds after the last key
  const said = form.querySelector("[data-draft-said]");
  const isKept = (name, value) => typeof value === "string" && value.length <= 500 && !value.startsWith("data:")
    && !["latitude", "longitude", "accuracy_m"].includes(name);
  const typed = () => {
    const body = new FormData();
    for (const [name, value] of new FormData(form)) if (isKept(name, value)) body.append(name, value);
    return body;
  };

  let timer = 0;
  let isChanged = false;
  const save = async () => {
    isChanged = false;
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body: typed(), credentials: "same-origin" });
      const told = answer.ok ? await answer.json() : null;
      if (told && told.saved) said.textContent = `草稿已保存 ${told.saved}`;
      else if (!answer.ok) said.textContent = "草稿没有保存，请尽快提交";
    } catch {
      isChanged = true;
      said.textContent = "网络不通，草稿没有保存";
    }
  };
  const note = (event) => {
    if (event.target.type === "file" || event.target.type === "hidden") return;
    isChanged = true;
    clearTimeout(timer);
    timer = setTimeout(save, WAIT);
  };
  form.addEventListener("input", note);
  form.addEventListener("change", note);

  // What is sent or given up needs no draft any more; the server also knows by the form's token.
  document.addEventListener("submit", ({ target }) => {
    if (target !== form && !target.closest(".draft-line")) return;
    isChanged = false;
    clearTimeout(timer);
  });
  window.addEventListener("pagehide", () => {
    if (!isChanged || form.dataset.sent) return;
    clearTimeout(timer);
    navigator.sendBeacon(form.dataset.draft, typed());
  });
})();
