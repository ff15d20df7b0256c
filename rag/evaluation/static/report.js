// Shows the questions of one outcome, kind or voice. Without this script all questions are shown.
(() => {
  const form = document.querySelector("form.filter");
  if (!form) return;
  const cases = [...document.querySelectorAll("details.case")];
  const count = document.querySelector("#aantal");
  const update = () => {
    const wanted = Object.fromEntries(new FormData(form));
    const text = wanted.text.trim().toLowerCase();
    let shown = 0;
    for (const item of cases) {
      const fits = ["failure", "kind", "voice"].every((key) => !wanted[key] || item.dataset[key] === wanted[key])
        && (!text || item.textContent.toLowerCase().includes(text));
      item.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    count.textContent = `${shown} van ${cases.length} vragen`;
  };
  form.hidden = false;
  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  const open = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.matches("details")) target.open = true;
  };
  addEventListener("hashchange", open);
  open();
  update();
})();
