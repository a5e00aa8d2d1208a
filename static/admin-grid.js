"use strict";

// In the grid the arrow keys and Enter go from cell to cell; a letter still chooses, Alt + arrow still opens a choice.

const grid = document.querySelector("form.grid table");

function isOpen(cell) {
  try {
    return cell.matches(":open");
  } catch {
    return false; // a browser that does not know it keeps the keys of an open choice to itself
  }
}

function inText(cell, key) {
  if (cell.localName !== "input" || cell.selectionStart !== cell.selectionEnd) {
    return false;
  }
  return key === "ArrowLeft" ? cell.selectionStart > 0 : key === "ArrowRight" && cell.selectionEnd < cell.value.length;
}

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Enter: [1, 0] };

grid?.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  const cell = event.target.closest("input, select");
  if (!step || !cell || event.altKey || event.ctrlKey || event.metaKey || event.isComposing || isOpen(cell) || inText(cell, event.key)) {
    return;
  }
  event.preventDefault();
  const [down, right] = event.key === "Enter" && event.shiftKey ? [-1, 0] : step;
  const place = cell.closest("th, td");
  const row = grid.tBodies[0].rows[place.parentElement.sectionRowIndex + down];
  const next = row?.cells[place.cellIndex + right]?.querySelector("input, select");
  if (next) {
    next.focus();
    next.select?.();
  }
});

for (const keys of document.querySelectorAll("form.grid .keys")) {
  keys.hidden = false;
}
