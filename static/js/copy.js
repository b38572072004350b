// <button data-copy="id" hidden>: copies what stands in that field; beside it, [data-copied] says so.

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  const told = button.parentElement.querySelector("[data-copied]");
  const say = (sentence) => {
    if (told) told.textContent = sentence;
  };
  const byHand = () => {
    field.focus();
    field.select();
    // Without a secure connection there is no clipboard; the old way may still be allowed.
    say(document.execCommand("copy") ? "已复制。" : "已选中，请按 Ctrl+C 或长按复制。");
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    if (!navigator.clipboard) {
      byHand();
      return;
    }
    navigator.clipboard.writeText(field.value).then(() => say("已复制。"), byHand);
  });
}
