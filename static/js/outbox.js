// Forms with data-outbox: kept on the telephone the moment they are sent, drafts while they are typed, and the panel
// "未上传 N 条". Without IndexedDB or without JavaScript the form goes to the server as any other.

(() => {
  const store = window.outboxStore;
  const { owner, send, listen } = window.outboxSend;
  const { collect, shown, fill, empty, renew, remember, token, showErrors, clearErrors } = window.outboxForm;
  const panel = document.querySelector("[data-outbox-panel]");
  if (!owner || !panel || !window.indexedDB) return;

  const WAIT_MS = 12000; // how long somebody looks at a form that is being sent
  const DRAFT_MS = 400;
  const OPEN_MS = 2000;
  const MOST_SAID = 3; // lines of what has arrived; more would push the form away
  const TICK_MS = 10000; // costs nothing while nothing waits
  const part = (name, inside = panel) => inside.querySelector(`[data-outbox-${name}]`);
  const copy = (name) => document.importNode(part(name).content.firstElementChild, true);
  const clock = (iso) => new Date(iso).toLocaleString("zh-CN", { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });

  // ---- the panel ----

  let held = null; // what holds up the sending: {hold, reason}
  let isSending = false;
  const row = (entry) => {
    const line = copy("row");
    part("title", line).textContent = entry.about ? `${entry.title}：${entry.about}` : entry.title;
    part("time", line).textContent = `${clock(entry.typedAt)} 填写`;
    part("reason", line).textContent = (entry.state === "waiting" && held && held.reason) || entry.reason || "等待上传。";
    const errors = part("errors", line);
    for (const sentence of Object.values(entry.errors || {}).flat()) errors.append(Object.assign(document.createElement("li"), { textContent: sentence }));
    const words = part("words", line);
    for (const { label, text } of entry.shown) {
      words.append(Object.assign(document.createElement("dt"), { textContent: label }), Object.assign(document.createElement("dd"), { textContent: text }));
    }
    part("content", line).hidden = !entry.shown.length;
    const edit = part("edit", line);
    edit.hidden = entry.state === "waiting";
    edit.href = entry.isPrivate ? entry.page : `${entry.page}#outbox=${entry.id}`;
    const retry = part("retry", line);
    retry.hidden = entry.state !== "stopped";
    retry.addEventListener("click", async () => {
      await store.change(entry.id, owner, { state: "waiting", nextAt: 0, reason: "" });
      send({ all: true }).catch(() => {});
    });
    part("remove", line).addEventListener("click", async () => {
      if (!window.confirm(`“${entry.title}”还没有上传。删除后不能找回，确定删除？`)) return;
      await store.remove(entry.id);
      await store.dropDraft(owner, editKey(entry.id));
      draw();
    });
    return line;
  };

  let drawing = Promise.resolve();
  const draw = () => {
    drawing = drawing.then(redraw).catch(() => {});
    return drawing;
  };
  const redraw = async () => {
    const entries = await store.entries(owner);
    const box = part("waiting");
    const isOpen = new Set(Array.from(box.querySelectorAll("[data-id] details[open]"), (one) => one.closest("[data-id]").dataset.id));
    const isOthers = Boolean(held) && held.hold === "other_account"; // this page was left open by somebody else
    const lines = (isOthers ? [] : entries).map((entry) => {
      const line = row(entry);
      line.dataset.id = entry.id;
      part("content", line).open = isOpen.has(entry.id);
      return line;
    });
    if (isOthers) part("told").replaceChildren();
    part("list").replaceChildren(...lines);
    box.hidden = !entries.length;
    part("count").textContent = entries.length ? `未上传 ${entries.length} 条` : "";
    const wrong = entries.filter((one) => one.state !== "waiting").length;
    part("why").textContent = why(entries, wrong);
    part("login").hidden = !entries.length || !held || held.hold !== "signed_out";
    part("all").hidden = wrong === entries.length;
    panel.hidden = !entries.length && !part("told").childElementCount;
  };
  const why = (entries, wrong) => {
    if (isSending && wrong < entries.length) return "正在上传……";
    if (wrong) return `其中 ${wrong} 条要您处理，请点开看原因。`;
    return (held && held.reason) || (entries[0] && entries[0].reason) || "";
  };
  const say = (text, kind = "") => {
    const old = Array.from(part("told").children);
    for (const one of old.filter((line) => kind && line.dataset.kind === kind)) one.remove(); // said once is enough
    if (part("told").children.length >= MOST_SAID) part("told").firstElementChild.remove();
    const line = copy("told-row");
    part("told-words", line).textContent = text;
    part("told-close", line).addEventListener("click", () => { line.remove(); draw(); });
    line.dataset.kind = kind;
    part("told").append(line);
  };
  const tellWords = async () => {
    const told = await store.told(owner);
    for (const { title, words } of told) say(`已上传：${title}。${words}`);
    if (told.length) await store.forgetTold(told.map(({ id }) => id));
  };

  // ---- drafts ----

  const editKey = (id) => `edit ${id}`;
  const keyOf = (form) => (drafts.get(form).editId ? editKey(drafts.get(form).editId) : pageKey(form));
  const pageKey = (form) => `${location.pathname}${location.search} ${form.getAttribute("action") || ""} ${form.dataset.outbox}`;
  const isPrivate = (form) => "outboxPrivate" in form.dataset;
  const drafts = new WeakMap(); // form -> {timer, turn, editId}: editId the entry that is being corrected
  const note = (form, text) => {
    const line = form.querySelector("[data-outbox-note]") || copy("note");
    part("note-words", line).textContent = text;
    part("note-clear", line).onclick = async () => {
      drafts.get(form).turn += 1;
      clearTimeout(drafts.get(form).timer);
      await store.dropDraft(owner, keyOf(form));
      empty(form);
      line.remove();
      form.dispatchEvent(new CustomEvent("outbox:kept", { bubbles: true }));
    };
    form.prepend(line);
  };
  const keepDraft = async (form) => {
    const state = drafts.get(form);
    clearTimeout(state.timer);
    state.timer = 0;
    const turn = state.turn;
    const fields = await collect(form);
    if (turn !== state.turn) return; // sent or given up meanwhile
    await store.keepDraft({ owner, key: keyOf(form), fields, at: new Date().toISOString() });
  };
  const typed = (form, soon) => {
    const state = drafts.get(form);
    if (!state || form.dataset.outboxBusy || isPrivate(form)) return;
    clearTimeout(state.timer);
    state.timer = setTimeout(() => keepDraft(form).catch(() => {}), soon ? 0 : DRAFT_MS);
  };
  const hurry = () => {
    for (const form of document.forms) if (drafts.get(form) && drafts.get(form).timer) keepDraft(form).catch(() => {});
  };

  // ---- sending ----

  const outcomes = new Map(); // id -> resolve
  const outcomeOf = (id) => Promise.race([
    new Promise((resolve) => { outcomes.set(id, resolve); }),
    new Promise((resolve) => { setTimeout(resolve, WAIT_MS, { state: "waiting" }); }),
  ]);
  const aimOf = (form) => {
    const aim = new URL(form.getAttribute("action") || location.href, location.href);
    return aim.pathname + aim.search;
  };
  const entryOf = async (form, submitter) => {
    const id = token(form).value;
    const typedAt = form.elements.namedItem("typed_at");
    if (typedAt && !typedAt.value) typedAt.value = new Date().toISOString();
    const about = form.dataset.outboxAbout && !isPrivate(form) ? new FormData(form).get(form.dataset.outboxAbout) : "";
    const lines = isPrivate(form) ? [] : shown(form);
    return {
      id, owner, url: aimOf(form), page: location.pathname + location.search, title: form.dataset.outbox,
      about: about || "", isPrivate: isPrivate(form), shown: lines, typedAt: (typedAt && typedAt.value) || new Date().toISOString(),
      tries: 0, nextAt: 0, state: "waiting", reason: "", errors: {}, fields: await collect(form, submitter),
    };
  };

  const finish = async (form, entry, outcome) => {
    if (outcome.state === "refused") {
      showErrors(form, outcome.errors || {});
      drafts.get(form).editId = entry.id; // it is in the outbox; sent again, it takes its own place
      return;
    }
    empty(form);
    drafts.get(form).editId = "";
    if (outcome.state === "saved") {
      const then = new URL(outcome.then || location.pathname, location.href);
      if (then.origin === location.origin) location.assign(then);
      return;
    }
    const line = form.querySelector("[data-outbox-note]");
    if (line) line.remove();
    if (!held || held.hold !== "other_account") say(`${entry.title}已存在手机里，没有丢。有信号后自动上传，您可以接着做别的。`, "kept");
    form.dispatchEvent(new CustomEvent("outbox:kept", { bubbles: true }));
    await draw();
    window.scrollTo(0, 0);
  };

  const submit = async (form, submitter) => {
    form.dataset.outboxBusy = "1";
    const state = drafts.get(form);
    state.turn += 1;
    clearTimeout(state.timer);
    clearErrors(form);
    if (submitter) submitter.setAttribute("aria-busy", "true");
    let entry = null;
    try {
      const reading = entryOf(form, submitter);
      rest(form, true); // typed from here on, it would be in nothing that is sent
      entry = await reading;
      await store.keep(entry, keyOf(form));
    } catch {
      // This telephone keeps nothing (private window, full): then as any other form, if there is a network.
      rest(form, false);
      if (navigator.onLine) form.submit();
      else showErrors(form, { "": ["手机存不下这项内容，现在又没有信号。请不要关闭页面，有信号后再提交。"] });
      return release(form, submitter);
    }
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
    await draw();
    const outcome = outcomeOf(entry.id);
    sendNow().catch(() => {});
    const came = await outcome;
    rest(form, false);
    await finish(form, entry, came);
    outcomes.delete(entry.id);
    return release(form, submitter);
  };
  const rest = (form, isBusy) => {
    form.inert = isBusy;
    if (isBusy && form.contains(document.activeElement)) document.activeElement.blur();
  };
  const release = (form, submitter) => {
    delete form.dataset.outboxBusy;
    if (submitter) submitter.removeAttribute("aria-busy");
  };
  // A round that is just ending has perhaps not seen the newest entry: then one more.
  const sendNow = async () => {
    isSending = true;
    await draw();
    try {
      if (!await send({ all: true }) && outcomes.size) await send({ all: true });
    } finally {
      isSending = false;
    }
    for (const resolve of outcomes.values()) resolve({ state: "waiting" });
    await draw();
  };

  listen(async ({ id, outcome, held: why, error }) => {
    if (id && outcomes.has(id)) outcomes.get(id)(outcome);
    else if (id && outcome.state === "saved") await tellWords();
    if (why !== undefined && !(why && why.hold === "busy")) held = why; // busy: another window is sending
    if (error) held = { hold: "storage", reason: "读不出手机里存的内容，请关闭其他页面后重新打开。" };
    await draw();
  });

  // ---- beginning ----

  const correct = async (form, id) => {
    const entry = await store.entry(id, owner);
    if (!entry || entry.isPrivate || entry.url !== aimOf(form)) return false;
    const draft = await store.draft(owner, editKey(id)); // corrected in part, and not sent yet
    fill(form, draft ? draft.fields : entry.fields, { isWhole: true });
    token(form).value = entry.id;
    drafts.get(form).editId = entry.id;
    if (entry.state === "refused") showErrors(form, entry.errors);
    history.replaceState(null, "", location.pathname + location.search);
    return true;
  };
  const begin = async (form) => {
    remember(form);
    renew(form);
    const asked = /^#outbox=([0-9a-f-]{36})$/.exec(location.hash);
    if (asked && await correct(form, asked[1])) return;
    const draft = isPrivate(form) ? null : await store.draft(owner, keyOf(form));
    if (!draft || drafts.get(form).timer) return;
    fill(form, draft.fields);
    note(form, `接着填 ${clock(draft.at)} 没有填完的内容。`);
  };

  for (const form of document.querySelectorAll("form[data-outbox]")) {
    if (!token(form)) continue;
    drafts.set(form, { timer: 0, turn: 0, editId: "" });
    form.inert = true; // a moment, so that what is typed and what was typed before do not mix
    const pause = new Promise((resolve) => { setTimeout(resolve, OPEN_MS); });
    Promise.race([begin(form), pause]).catch(() => {}).finally(() => { form.inert = false; });
  }
  document.addEventListener("input", ({ target }) => { if (target.form) typed(target.form); });
  document.addEventListener("change", ({ target }) => { if (target.form) typed(target.form, true); });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !drafts.has(form)) return;
    event.preventDefault();
    if (!form.dataset.outboxBusy) submit(form, event.submitter);
  });

  part("all").addEventListener("click", sendNow);
  part("login").href = `${part("login").getAttribute("href")}?next=${encodeURIComponent(location.pathname)}`;
  window.addEventListener("online", () => send({ all: true }).catch(() => {}));
  window.addEventListener("pagehide", hurry);
  window.addEventListener("hashchange", () => { if (location.hash.startsWith("#outbox=")) location.reload(); });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("form[data-outbox]")) if (drafts.has(form) && !drafts.get(form).editId) renew(form);
    send().catch(() => {});
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") send({ all: true }).catch(() => {});
    else hurry();
  });
  setInterval(() => { if (document.visibilityState === "visible") send().catch(() => {}); }, TICK_MS);
  tellWords().then(draw).then(() => send({ all: true })).catch(() => {});
})();
