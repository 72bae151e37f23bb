"use strict";
(() => {
  const body = document.querySelector(".all tbody");
  const rows = body ? [...body.rows] : [];
  const cards = new Map([...document.querySelectorAll(".card")].map((card) => [card.id, card]));
  const search = document.querySelector("#search");
  const chips = [...document.querySelectorAll(".chip")];
  const shown = document.querySelector(".shown");
  const texts = new Map();
  const textOf = (row) => {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row);
  };

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdicts = new Set(chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.verdict));
    let count = 0;
    for (const row of rows) {
      const visible = (!verdicts.size || verdicts.has(row.dataset.verdict)) && words.every((word) => textOf(row).includes(word));
      row.hidden = !visible;
      const card = cards.get(row.dataset.card);
      if (card) card.hidden = !visible;
      count += visible;
    }
    shown.textContent = count === rows.length ? `${count} series` : `${count} of ${rows.length} series`;
  }

  // Cells sort by data-v where they have one, else by their text; empty ones stay last either way.
  function sort(header) {
    const column = header.cellIndex;
    const numeric = header.dataset.type === "number";
    const before = header.getAttribute("aria-sort");
    const first = header.dataset.first || "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const direction = before === first ? other : first;
    for (const cell of header.parentElement.cells) if (cell.hasAttribute("aria-sort")) cell.setAttribute("aria-sort", "none");
    header.setAttribute("aria-sort", direction);
    const sign = direction === "ascending" ? 1 : -1;
    const keyed = rows.map((row) => {
      const cell = row.cells[column];
      const key = cell.dataset.v ?? cell.textContent.trim();
      return [row, key === "" ? null : numeric ? Number(key) : key.toLowerCase()];
    });
    const collator = new Intl.Collator(undefined, { numeric: true });
    keyed.sort(([, a], [, b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return sign * (numeric ? a - b : collator.compare(a, b));
    });
    body.append(...keyed.map(([row]) => row));
  }

  async function copy(button) {
    const text = button.closest(".quote").querySelector("p").textContent.trim();
    let done = false;
    try {
      await navigator.clipboard.writeText(text);
      done = true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      done = document.execCommand("copy");
      area.remove();
    }
    button.textContent = done ? "Copied" : "Select and copy";
    setTimeout(() => { button.textContent = "Copy"; }, 1600);
  }

  for (const hidden of document.querySelectorAll("[data-live]")) hidden.hidden = false;
  for (const button of document.querySelectorAll(".copy")) button.addEventListener("click", () => copy(button));
  for (const header of document.querySelectorAll(".all th[aria-sort]")) {
    header.querySelector("button").addEventListener("click", () => sort(header));
  }
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      filter();
    });
  }
  if (search) {
    search.addEventListener("input", filter);
    search.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { search.value = ""; filter(); }
    });
    filter();
  }
})();
