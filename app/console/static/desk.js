// Keys for the desk. Everything they do is also a link or a button on the page.
(() => {
  "use strict";
  const rows = () => [...document.querySelectorAll("[data-row]")];
  let selectedId = null;

  function select(row) {
    if (!row) return;
    rows().forEach((other) => other.classList.toggle("selected", other === row));
    selectedId = row.id;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function move(step) {
    const all = rows();
    const at = all.findIndex((row) => row.id === selectedId);
    select(all[Math.min(Math.max(at + step, 0), all.length - 1)]);
  }

  const selected = () => document.getElementById(selectedId);
  const claim = () => (selected() || document).querySelector("[data-claim]")?.requestSubmit();
  const help = () => document.querySelector("dialog.keys").showModal();
  const actions = {
    j: () => move(1),
    k: () => move(-1),
    c: claim,
    u: () => location.assign("/desk"),
    "?": help,
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, dialog[open]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && event.target.matches("[data-row]")) {
      location.assign(event.target.dataset.href);
    } else if (actions[event.key]) {
      event.preventDefault();
      actions[event.key]();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-open]")) help();
  });
  // The queue refreshes itself; the selection stays on the same thing.
  document.addEventListener("htmx:afterSettle", () => {
    const row = selectedId && selected();
    if (!row) return;
    row.classList.add("selected");
    if (document.activeElement === document.body) row.focus({ preventScroll: true });
  });
})();
