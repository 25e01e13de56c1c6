// Sorts and filters the tables of predictions. Without it they stay as they are.
"use strict";
for (const box of document.querySelectorAll(".patients")) {
  const body = box.querySelector("tbody");
  const rows = Array.from(body.rows, row => ({ row, words: row.textContent.toLowerCase() }));
  const filter = box.querySelector("input");
  const count = box.querySelector(".count");
  const show = () => {
    const asked = filter.value.trim().toLowerCase();
    let shown = 0;
    for (const { row, words } of rows) {
      row.hidden = !words.includes(asked);
      shown += !row.hidden;
    }
    count.textContent = `${shown} of ${rows.length} shown`;
  };
  filter.addEventListener("input", show);
  const heads = box.querySelectorAll("thead th");
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const told = ({ row }) => row.cells.length < heads.length ? "" : row.cells[column].textContent.trim();
      const compare = (a, b) => {
        const [one, other] = [told(a), told(b)];
        if (!one || !other) return Boolean(other) - Boolean(one);
        const [x, y] = [one, other].map(cell => Number(cell.replace("−", "-").replace("%", "")));
        const order = Number.isNaN(x) || Number.isNaN(y) ? one.localeCompare(other) : x - y;
        return down ? -order : order;
      };
      rows.sort(compare);
      body.append(...rows.map(({ row }) => row));
    });
  });
  show();
  box.querySelector(".controls").hidden = false;
}
