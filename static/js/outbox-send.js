// Sends what waits in the outbox: one thing after the other, never two windows at once, never under another account.
// Answers of the server: outreach/mobile/answers.py.

window.outboxSend = (() => {
  const store = window.outboxStore;
  const PING_MS = 10000;
  const SEND_MS = 90000;
  const AGAIN_MS = 30000; // first pause after a failure of the server; doubles up to
  const LONGEST_MS = 600000;

  const owner = document.body.dataset.outboxOwner || "";
  const pingUrl = document.body.dataset.outboxPing || "";
  const listeners = [];
  const tell = (event) => { for (const one of listeners) one(event); };

  const within = async (milliseconds, url, options) => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), milliseconds);
    try {
      return await fetch(url, { credentials: "same-origin", redirect: "manual", signal: stop.signal, ...options });
    } finally {
      clearTimeout(timer);
    }
  };
  const json = async (answer) => {
    try {
      return (await answer.json()) || {};
    } catch {
      return {};
    }
  };

  // -> {csrf} when things can be sent, else {hold, reason}
  const ask = async () => {
    try {
      const answer = await within(PING_MS, pingUrl, { headers: { Accept: "application/json" } });
      if (!answer.ok) return { hold: "server", reason: "服务器暂时没有回应，稍后自动上传。" };
      const { user, csrf } = await json(answer);
      if (!csrf) return { hold: "network", reason: "没有连上服务器（可能是要登录的公共无线网），有信号后自动上传。" };
      if (user === owner) return { csrf };
      if (!user) return { hold: "signed_out", reason: "登录已过期。内容还在手机里，请重新登录，登录后自动上传。" };
      return { hold: "other_account", reason: "这部手机现在登录的是另一个账号。请用原来的账号登录，内容才会上传。" };
    } catch {
      return { hold: "network", reason: "没有信号。内容已存在手机里，有信号后自动上传。" };
    }
  };

  const post = (entry, csrf) => {
    const body = new FormData();
    for (const { name, value } of entry.fields) {
      if (value instanceof File) body.append(name, value, value.name);
      else body.append(name, value);
    }
    const headers = { Accept: "application/json", "X-CSRFToken": csrf, "X-Outbox": "1", "X-Outbox-Owner": owner };
    return within(SEND_MS, entry.url, { method: "POST", body, headers });
  };

  const STOPPED = {
    400: "服务器看不懂这项内容。请照下面的内容重新填写，再删除这一条。",
    403: "您的账号现在不能提交这项内容。请联系镇街工作人员核对任职，再点“再试一次”。",
    404: "这项工作已经不在您的范围内，或已被取消。请联系责任团队，再点“再试一次”或删除。",
    410: "这项工作已经结束。请联系责任团队。",
    413: "照片太大，服务器没有收下。请点“修改”，减少照片后再提交。",
  };
  const AUTHENTICATION = {
    sign_in: "登录已过期。内容还在手机里，请重新登录，登录后自动上传。",
    timed_out: "登录已过期。内容还在手机里，请重新登录，登录后自动上传。",
    password_change: "请先修改密码，修改后自动上传。",
  };

  const later = (entry, reason) => {
    const pause = Math.min(AGAIN_MS * 2 ** Math.min(entry.tries, 10), LONGEST_MS);
    return { state: "waiting", tries: entry.tries + 1, nextAt: Date.now() + pause, reason };
  };

  // What an answer means for an entry: {saved} or {changes, hold?}; hold ends the round.
  const judge = async (entry, answer) => {
    const said = answer.type === "opaqueredirect" ? {} : await json(answer);
    if (answer.ok && said.state === "saved") return { saved: said };
    if (said.state === "refused") {
      return { changes: { state: "refused", reason: "填写的内容有误，请修改后再提交。", errors: said.errors || {} } };
    }
    if (answer.status === 401) {
      const reason = AUTHENTICATION[said.code] || said.message || AUTHENTICATION.sign_in;
      return { changes: { reason }, hold: { hold: "signed_out", reason } };
    }
    if (answer.status === 409) {
      const reason = "这部手机现在登录的是另一个账号。请用原来的账号登录，内容才会上传。";
      return { changes: { reason }, hold: { hold: "other_account", reason } };
    }
    if (STOPPED[answer.status]) return { changes: { state: "stopped", reason: STOPPED[answer.status] } };
    return { changes: later(entry, "服务器没有确认收到，稍后自动再传。") };
  };

  // One entry: sent, and what came of it written down. -> {state, words?, then?, errors?, hold?}
  const sendOne = async (entry, csrf) => {
    let outcome;
    try {
      let answer = await post(entry, csrf);
      if (answer.status === 403) { // the token is perhaps old: somebody has signed in meanwhile
        const asked = await ask();
        if (asked.hold) outcome = { changes: { reason: asked.reason }, hold: asked };
        else answer = await post(entry, asked.csrf);
      }
      outcome = outcome || await judge(entry, answer);
    } catch {
      const reason = "没有信号。内容已存在手机里，有信号后自动上传。";
      outcome = { changes: { reason }, hold: { hold: "network", reason } };
    }
    if (outcome.saved) {
      await store.arrived(entry, outcome.saved.words || "已收到。");
      return { state: "saved", ...outcome.saved };
    }
    await store.change(entry.id, owner, outcome.changes);
    return { state: outcome.changes.state || "waiting", ...outcome.changes, hold: outcome.hold };
  };

  // Everything that is due, once; what is put in meanwhile too. `all`: also what has a pause before its next try.
  const round = async (all) => {
    const seen = new Set();
    const next = async () => (await store.entries(owner)).find(
      (one) => one.state === "waiting" && !seen.has(one.id) && (all || one.nextAt <= Date.now()),
    );
    let entry = await next();
    if (!entry) return null;
    const asked = await ask();
    if (asked.hold) return asked;
    while (entry) {
      seen.add(entry.id);
      const outcome = await sendOne(entry, asked.csrf);
      tell({ id: entry.id, outcome });
      if (outcome.hold) return outcome.hold;
      entry = await next();
    }
    return null;
  };

  let running = null;
  const locked = (work) => (navigator.locks
    ? navigator.locks.request(`fdcs-outbox-${owner}`, { ifAvailable: true }, (lock) => (lock ? work() : { hold: "busy" }))
    : work());

  // -> what holds the sending up, or null when there is nothing that holds it up
  const send = ({ all = false } = {}) => {
    if (!owner || !pingUrl) return Promise.resolve(null);
    if (!running) {
      running = locked(() => round(all)).finally(() => { running = null; });
      running.then((held) => tell({ held }), (error) => tell({ error }));
    }
    return running;
  };

  return { owner, send, listen: (one) => listeners.push(one) };
})();
