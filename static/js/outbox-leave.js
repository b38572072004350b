// Signing out empties the outbox of this account on this telephone; before that it is sent, and what cannot be sent is
// told of. What another account left here is neither seen nor touched.

(() => {
  const store = window.outboxStore;
  const { owner, send } = window.outboxSend;
  const WAIT_MS = 8000;
  if (!owner || !window.indexedDB) return;

  const sentence = (entries, drafts) => {
    const parts = [];
    if (entries) parts.push(`${entries} 条内容没有上传`);
    if (drafts) parts.push(`${drafts} 份草稿没有填完`);
    return `这部手机里还有${parts.join("、")}。现在退出登录会把它们删除，不能找回。确定退出？`;
  };
  const leave = async (form) => {
    const pause = new Promise((resolve) => { setTimeout(resolve, WAIT_MS); });
    await Promise.race([send({ all: true }).catch(() => null), pause]);
    const [entries, drafts] = [await store.entries(owner), await store.drafts(owner)];
    const isEmpty = !entries.length && !drafts.length;
    if (!isEmpty && !window.confirm(sentence(entries.length, drafts.length))) return;
    await store.clear(owner);
    form.submit();
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.getAttribute("action") !== document.body.dataset.outboxLeave) return;
    event.preventDefault();
    if (form.dataset.leaving) return;
    form.dataset.leaving = "1";
    leave(form).catch(() => form.submit()).finally(() => { delete form.dataset.leaving; delete form.dataset.sent; });
  });
})();
