// Finger signatures: every [data-ink] holds a canvas and names the hidden field that carries the drawing.
// Needs signature_pad (global SignaturePad). What was drawn before a refused form comes back from the field.

(() => {
  const LARGEST_RATIO = 2; // sharper drawings would only be larger

  function prepare(box) {
    const field = document.getElementById(box.dataset.ink);
    const canvas = box.querySelector("canvas");
    const clear = box.closest(".field-ink").querySelector("[data-ink-clear]");
    const pad = new SignaturePad(canvas, { minWidth: 1, maxWidth: 3 });

    const keep = () => {
      field.value = pad.isEmpty() ? "" : pad.toDataURL("image/png");
      clear.hidden = pad.isEmpty();
    };
    // A canvas forgets its drawing when its size changes: fit it, then draw again what the field holds.
    let width = 0;
    const fit = () => {
      if (!canvas.offsetWidth || canvas.offsetWidth === width) return;
      width = canvas.offsetWidth;
      const ratio = Math.min(Math.max(window.devicePixelRatio || 1, 1), LARGEST_RATIO);
      canvas.width = canvas.offsetWidth * ratio;
      canvas.height = canvas.offsetHeight * ratio;
      canvas.getContext("2d").scale(ratio, ratio);
      pad.clear();
      if (field.value) redraw();
    };
    const redraw = () => {
      const image = new Image();
      image.onload = () => {
        const scale = Math.min(canvas.offsetWidth / image.width, canvas.offsetHeight / image.height);
        pad.fromDataURL(field.value, { width: image.width * scale, height: image.height * scale, ratio: 1 });
        clear.hidden = false;
      };
      image.src = field.value;
    };

    pad.addEventListener("endStroke", keep);
    clear.addEventListener("click", () => {
      pad.clear();
      keep();
    });
    new ResizeObserver(fit).observe(canvas); // also when the pad is unfolded
    fit();
  }

  document.querySelectorAll("[data-ink]").forEach(prepare);
})();
