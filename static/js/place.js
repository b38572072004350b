// The place of a signing: asked of the device only when somebody presses the button.

(() => {
  const box = document.querySelector("[data-place]");
  if (!box || !navigator.geolocation) return;

  const button = box.querySelector("[data-place-ask]");
  const said = box.querySelector("[data-place-said]");
  const field = (name) => box.querySelector(`[name$="${name}"]`);
  const REASONS = { 1: "没有得到定位许可", 2: "现在无法定位", 3: "定位超时，请再试一次" };

  button.hidden = false;
  button.addEventListener("click", () => {
    said.textContent = "正在定位……";
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        field("latitude").value = coords.latitude.toFixed(6);
        field("longitude").value = coords.longitude.toFixed(6);
        field("accuracy_m").value = String(Math.min(Math.ceil(coords.accuracy), 1000000));
        said.textContent = `已记录位置（误差约 ${Math.ceil(coords.accuracy)} 米）`;
      },
      (error) => { said.textContent = `${REASONS[error.code] || "定位失败"}；${said.dataset.placeOtherwise || "不记录位置也可以签约。"}`; },
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
    );
  });
})();
