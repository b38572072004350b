// Small helps for every page. Nothing here is needed to do the work: without JavaScript the pages still function.

// A message can be put away.
for (const notice of document.querySelectorAll("[data-closable]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "notice-close";
  button.setAttribute("aria-label", "关闭提示");
  button.textContent = "×";
  button.addEventListener("click", () => notice.remove());
  notice.classList.add("can-close");
  notice.append(button);
}

// After a refused form the reader starts at the explanation.
const firstError = document.querySelector("[data-first-error]");
if (firstError) firstError.focus();

// A question before something that cannot be undone: <form data-confirm="…">.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const question = form.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    return;
  }
  // A second click sends nothing twice. Downloads keep the page, so they opt out: <form data-repeat>.
  if (form.method !== "post" || "repeat" in form.dataset || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  const button = event.submitter;
  if (button) button.setAttribute("aria-busy", "true");
});

// Coming back by the back button, forms can be sent again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});

// <button data-print>, shown only when it can work.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A filter that applies at once: <select data-submit>.
for (const control of document.querySelectorAll("[data-submit]")) {
  control.addEventListener("change", () => control.form.requestSubmit());
}

// Where one is stays in sight: the entry in a long menu, the tab in a row that scrolls on a phone.
for (const current of document.querySelectorAll(".side [aria-current], .tabs [aria-current]")) {
  const box = current.closest(".side, .tabs");
  const [frame, place] = [box.getBoundingClientRect(), current.getBoundingClientRect()];
  if (place.bottom > frame.bottom) box.scrollTop += place.bottom - frame.bottom + frame.height / 3;
  if (place.right > frame.right) box.scrollLeft += place.right - frame.right;
}

// A fragment that does not arrive says so.
function say(sentence) {
  const box = document.getElementById("messages");
  if (!box) return;
  const notice = document.createElement("div");
  notice.className = "notice notice-error";
  notice.textContent = sentence;
  box.replaceChildren(notice);
  box.scrollIntoView({ block: "nearest" });
}
document.addEventListener("htmx:sendError", () => say("网络不通，内容没有送出。请检查网络后再试。"));
document.addEventListener("htmx:responseError", (event) => {
  const expired = event.detail.xhr.status === 401 || event.detail.xhr.status === 403;
  say(expired ? "没有权限，或登录已过期。请刷新页面后再试。" : "服务器没能完成这一步，请稍后再试。");
});
