// Reading a form into plain fields, filling it again, and showing what the server found wrong with it.
//   field  {name, value}: value a string, or a File whose picture was made small

window.outboxForm = (() => {
  const SIDE = 1280; // pixels, the longer side of a photo that is sent
  const QUALITY = 0.8;
  const made = new WeakMap(); // photo as chosen -> photo as sent
  const first = new WeakMap(); // form -> values of its hidden fields as the server sent them
  const SECRET = "csrfmiddlewaretoken";

  const uuid = () => {
    if (window.crypto.randomUUID) return window.crypto.randomUUID();
    const bytes = window.crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };

  const smaller = async (file) => {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    if (!blob) return file;
    return new File([blob], `${file.name.replace(/\.\w+$/, "")}.jpg`, { type: "image/jpeg" });
  };
  // A file that the browser cannot draw goes as it is; the server says what is wrong with it.
  const prepared = async (file) => {
    if (!file.type.startsWith("image/")) return file;
    if (!made.has(file)) {
      const small = smaller(file).catch(() => file);
      made.set(file, small);
      small.then((one) => made.set(one, Promise.resolve(one)));
    }
    return made.get(file);
  };

  const token = (form) => form.querySelector('input[name="client_token"]');
  const named = (form, name) => Array.from(form.elements).filter((one) => one.name === name);
  const plain = (name, value) => name !== SECRET && !(value instanceof File && !value.size);

  // Read at once, so that nothing typed later gets in; the photos are made small afterwards.
  const collect = (form, submitter) => {
    const read = Array.from(new FormData(form)).filter(([name, value]) => plain(name, value));
    if (submitter && submitter.name) read.push([submitter.name, submitter.value]);
    return Promise.all(read.map(async ([name, value]) => (
      { name, value: value instanceof File ? await prepared(value) : value })));
  };

  const words = (element) => (element ? element.textContent.replace(/[*\s]+/g, " ").trim() : "");
  const labelOf = (control) => {
    const group = control.closest("fieldset");
    if (group && (control.type === "radio" || control.type === "checkbox")) return words(group.querySelector("legend"));
    return words(control.labels && control.labels[0]);
  };
  const textOf = (control) => {
    if (control.type === "file") return control.files.length ? `${control.files.length} 个文件` : "";
    if (control.type === "radio" || control.type === "checkbox") {
      return control.checked ? words(control.labels && control.labels[0]) || "是" : "";
    }
    if (control.tagName === "SELECT") return control.value ? Array.from(control.selectedOptions, words).join("、") : "";
    return control.value.trim();
  };
  // What was typed, for reading: [{label, text}].
  const shown = (form) => {
    const lines = new Map();
    for (const control of form.elements) {
      if (!control.name || control.type === "hidden" || control.type === "submit" || control.tagName === "BUTTON") continue;
      const text = control.tagName === "FIELDSET" ? "" : textOf(control);
      const label = text && (labelOf(control) || control.name);
      if (text) lines.set(label, lines.has(label) ? `${lines.get(label)}、${text}` : text);
    }
    return Array.from(lines, ([label, text]) => ({ label, text }));
  };

  const fillOne = (control, values) => {
    if (control.type === "radio" || control.type === "checkbox") {
      control.checked = values.includes(control.value);
    } else if (control.type === "file") {
      const files = values.filter((one) => one instanceof File);
      if (!files.length) return;
      const carrier = new DataTransfer();
      files.forEach((one) => { made.set(one, Promise.resolve(one)); carrier.items.add(one); });
      control.files = carrier.files;
    } else if (control.tagName === "SELECT" && control.multiple) {
      for (const option of control.options) option.selected = values.includes(option.value);
    } else if (values.length) {
      control.value = values.shift();
    }
  };
  // Of the hidden ones a draft brings back only what the telephone filled in (the place); what the server says in them
  // (whether this is practice) is as the page says now. Something that was sent already stays what it was: isWhole.
  const fill = (form, fields, { isWhole = false } = {}) => {
    const given = new Set((first.get(form) || []).filter(([, value]) => value).map(([control]) => control));
    const held = new Map();
    for (const { name, value } of fields) held.set(name, [...(held.get(name) || []), value]);
    for (const control of form.elements) {
      const isOwn = control.name && control.name !== SECRET && control.name !== "client_token";
      if (!isOwn || control.type === "submit" || control.tagName === "BUTTON" || control.tagName === "FIELDSET") continue;
      if (!isWhole && given.has(control)) continue;
      fillOne(control, held.get(control.name) || []);
    }
    form.dispatchEvent(new CustomEvent("outbox:restored", { bubbles: true }));
  };

  // An own token for each thing reported: a page that is shown again must not send under one that is used up.
  const renew = (form) => { token(form).value = uuid(); };
  const remember = (form) => {
    first.set(form, Array.from(form.querySelectorAll('input[type="hidden"]'), (one) => [one, one.value]));
  };
  const empty = (form) => {
    form.reset();
    for (const [control, value] of first.get(form) || []) control.value = value;
    renew(form);
    clearErrors(form);
  };

  const clearErrors = (form) => {
    for (const one of form.querySelectorAll("[data-outbox-error], .field-error")) one.remove();
    for (const one of form.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
  };
  const place = (form, name, sentences) => {
    const control = named(form, name).find((one) => one.type !== "hidden");
    if (!control) return false;
    const said = document.createElement("p");
    said.className = "g-outbox-error";
    said.dataset.outboxError = "";
    said.id = `outbox-error-${name}`;
    said.textContent = sentences.join(" ");
    const box = control.closest("fieldset, .field, .g-field, .weui-cell") || control.parentElement;
    box.append(said);
    for (const one of named(form, name)) {
      one.setAttribute("aria-invalid", "true");
      one.setAttribute("aria-describedby", said.id);
    }
    return true;
  };
  const showErrors = (form, errors) => {
    clearErrors(form);
    const rest = [];
    for (const [name, sentences] of Object.entries(errors)) if (!place(form, name, sentences)) rest.push(...sentences);
    const box = document.createElement("div");
    box.className = "g-outbox-alert";
    box.dataset.outboxError = "";
    box.setAttribute("role", "alert");
    box.tabIndex = -1;
    for (const sentence of ["没有提交成功，请改正后再提交。", ...rest]) {
      const line = document.createElement("p");
      line.textContent = sentence;
      box.append(line);
    }
    form.prepend(box);
    form.dispatchEvent(new CustomEvent("outbox:refused", { bubbles: true, detail: { errors } }));
    const wrong = form.querySelector('[aria-invalid="true"]');
    (rest.length || !wrong ? box : wrong).focus();
  };

  return { collect, shown, fill, empty, renew, remember, token, showErrors, clearErrors };
})();
