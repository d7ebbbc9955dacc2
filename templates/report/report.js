"use strict";
(() => {
  const root = document.documentElement;
  const all = (query, from = document) => [...from.querySelectorAll(query)];

  // The page works without this script; what only it can do is shown only when it runs.
  all("[data-script]").forEach((part) => { part.hidden = false; });

  const theme = document.getElementById("theme");
  const dark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const label = () => { theme.textContent = dark() ? "Light" : "Dark"; theme.setAttribute("aria-label", theme.textContent + " colours"); };
  if (theme) {
    theme.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; label(); });
    label();
  }

  all("[data-checklist]").forEach((list) => {
    const items = all(".items > li", list);
    const search = list.querySelector("input[type=search]");
    if (!search) return; // a short list of one verdict has nothing to filter
    const said = list.querySelector("[role=status]");
    const update = () => {
      const wanted = list.querySelector(".chips input:checked").value;
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      items.forEach((item) => {
        const fits = (wanted === "all" || item.dataset.verdict === wanted)
          && words.every((word) => item.dataset.search.includes(word));
        item.hidden = !fits;
        shown += fits ? 1 : 0;
      });
      said.textContent = shown === items.length ? "" : shown + " of " + items.length + " items shown";
    };
    list.addEventListener("change", update);
    search.addEventListener("input", update);
    const every = list.querySelector("[data-every]");
    every.addEventListener("click", () => {
      const open = every.getAttribute("aria-pressed") !== "true";
      every.setAttribute("aria-pressed", String(open));
      every.textContent = open ? "Close all" : "Open all";
      items.filter((item) => !item.hidden).forEach((item) => { item.querySelector("details").open = open; });
    });
  });

  // A link to something folded away opens it.
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
    const own = target.querySelector(":scope > details");
    if (own) own.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  // Paper cannot be clicked: evidence is printed open, and folded again afterwards.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("details:not([open])");
    folded.forEach((part) => { part.open = true; });
  });
  addEventListener("afterprint", () => { folded.forEach((part) => { part.open = false; }); });
})();
