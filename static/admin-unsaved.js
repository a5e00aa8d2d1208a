"use strict";

// Leaving a page of contents with unsaved changes asks first, and a grid that was lost with its tab can be resumed.
// Only pages of contents: accounts and passwords are never kept.

const CONTENTS = ["app-catalogue", "app-rollout", "app-projects", "app-newsletter", "app-ozgstatus"];

const form = document.querySelector("form.grid, .change-form form[method='post'][id$='_form']");
const isContent = form?.matches(".grid") || CONTENTS.some((name) => document.body.classList.contains(name));
let unsaved = form !== null && form.hasAttribute("data-unsaved");

if (form && isContent) {
  for (const kind of ["input", "change", "formset:added", "formset:removed"]) {
    form.addEventListener(kind, (event) => {
      unsaved ||= kind.startsWith("formset") || event.isTrusted;
    });
  }
  form.addEventListener("submit", () => {
    unsaved = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) {
      event.preventDefault();
    }
  });
}

// The store: each changed cell with its value and with what it showed when it was changed. The latter goes back into
// the form too, so that a value saved by somebody else meanwhile is not overwritten silently.

const user = document.querySelector("meta[name='admin-user']")?.content;
const PLACE = `ozgstatus:${user}:${location.pathname}${location.search}`;

function cells() {
  return [...form.querySelectorAll("td > input, td > select, th > input, th > select")];
}

function shown(cell) {
  const [row, name] = cell.name.split(/-(.*)/);
  const input = form.querySelector(`input[name="initial-${row}"]`);
  return { input, name, values: JSON.parse(input.value) };
}

function keep() {
  const changed = [];
  for (const cell of cells()) {
    const { name, values } = shown(cell);
    if (cell.value !== values[name]) {
      changed.push([cell.name, cell.value, values[name]]);
    }
  }
  try {
    if (changed.length) {
      localStorage.setItem(PLACE, JSON.stringify(changed));
    } else {
      localStorage.removeItem(PLACE);
    }
  } catch {
    // A browser that keeps nothing still lets the grid be saved.
  }
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(PLACE) ?? "[]");
  } catch {
    return [];
  }
}

function restore(changed) {
  const byName = new Map(cells().map((cell) => [cell.name, cell]));
  for (const [name, value, before] of changed) {
    const cell = byName.get(name);
    if (cell) {
      const { input, name: column, values } = shown(cell);
      input.value = JSON.stringify({ ...values, [column]: before });
      cell.value = value;
    }
  }
  unsaved = true;
}

function button(text, action) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button";
  made.textContent = text;
  made.addEventListener("click", action);
  return made;
}

function offer(changed) {
  const box = document.createElement("div");
  box.className = "resume";
  box.setAttribute("role", "status");
  const text = document.createElement("p");
  const count = changed.length === 1 ? "1 Zelle" : `${changed.length} Zellen`;
  text.textContent = `In diesem Browser liegen Änderungen an dieser Tabelle, die nicht gespeichert wurden: ${count}.`;
  const decide = (action) => () => {
    action();
    box.remove();
    cells()[0]?.focus();
  };
  box.append(
    text,
    button("Wiederherstellen", decide(() => restore(changed))),
    button("Verwerfen", decide(() => localStorage.removeItem(PLACE))),
  );
  form.prepend(box);
}

if (form?.matches(".grid") && user) {
  if (document.querySelector(".messagelist .saved")) {
    try {
      localStorage.removeItem(PLACE);
    } catch {
      // nothing was kept
    }
  }
  if (unsaved) {
    keep();
  } else {
    const changed = kept();
    if (changed.length) {
      offer(changed);
    }
  }
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
}
