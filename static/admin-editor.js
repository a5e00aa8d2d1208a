"use strict";

// The text editor writes its base rules into a style element unless the page has one with this mark. The policy forbids
// style elements, and the rules are in admin-site.css: an element of that name without any effect makes it skip the step.
const mark = document.createElementNS(null, "style");
mark.setAttribute("data-tiptap-style", "");
document.head.append(mark);

// The editor's buttons have English names that its own translation leaves out.

const WORDS = {
  "Heading 3": "Überschrift",
  "Heading 4": "Unterüberschrift",
  "Paragraph": "Absatz",
  "heading 3": "Überschrift",
  "heading 4": "Unterüberschrift",
  "paragraph": "Absatz",
  "unordered list": "Aufzählung",
  "ordered list": "nummerierte Liste",
  "bold": "fett",
  "italic": "kursiv",
  "insert link": "Link einfügen",
  "remove link": "Link entfernen",
  "undo": "rückgängig machen",
  "redo": "wiederherstellen",
};

function translate(editor) {
  for (const button of editor.querySelectorAll(".prose-menubar [title]")) {
    const word = WORDS[button.title];
    if (word) {
      button.title = word;
      button.setAttribute("aria-label", word);
    }
  }
  for (const option of editor.querySelectorAll(".prose-menubar__option *")) {
    if (WORDS[option.textContent]) {
      option.textContent = WORDS[option.textContent];
    }
  }
}

document.addEventListener("prose-editor:ready", (event) => {
  // The menu comes after the editor, and changes with what is selected.
  const editor = event.target.closest(".prose-editor");
  if (editor) {
    const label = editor.closest(".form-row")?.querySelector("label");
    editor.querySelector("[role='textbox']")?.setAttribute("aria-label", label?.textContent.replace(/:$/, "") ?? "Text");
    new MutationObserver(() => translate(editor)).observe(editor, { childList: true, subtree: true });
  }
});

// In a table that scrolls by itself a browser is content with a few pixels of what Tab has reached.

document.addEventListener("focusin", ({ target }) => {
  if (target.closest(".inline-group .tabular")) {
    target.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
});

// What Word puts on the clipboard, in the elements that our texts have: its highest headings become ours, and its
// list paragraphs, which only look like lists, become lists. Their styles tell them apart; they are read as data, since
// the policy would complain about each style and each script in an attribute.

const LIST_ITEM = /mso-list:\s*l\d+ level\d/;
const NUMBER = /^\s*(\d+|[a-z]|[ivx]+)[.)]/i;

function rename(element, name) {
  const renamed = element.ownerDocument.createElement(name);
  renamed.append(...element.childNodes);
  element.replaceWith(renamed);
  return renamed;
}

function lowerHeadings(body) {
  const headings = [...body.querySelectorAll("h1, h2, h3, h4, h5, h6")];
  const top = Math.min(3, ...headings.map((heading) => Number(heading.localName[1])));
  for (const heading of headings) {
    rename(heading, Number(heading.localName[1]) === top ? "h3" : "h4");
  }
}

function isListItem(element) {
  return element?.localName === "p" && LIST_ITEM.test(element.dataset.style ?? "");
}

function makeLists(body) {
  for (const paragraph of [...body.querySelectorAll("p")].filter(isListItem)) {
    const sign = [...paragraph.querySelectorAll("span")].find((span) => /mso-list:\s*ignore/i.test(span.dataset.style ?? ""));
    const name = NUMBER.test(sign?.textContent ?? "") ? "ol" : "ul";
    sign?.remove();
    let list = paragraph.previousElementSibling;
    if (list?.localName !== name || !list.hasAttribute("data-word")) {
      list = paragraph.ownerDocument.createElement(name);
      list.setAttribute("data-word", "");
      paragraph.before(list);
    }
    list.append(rename(paragraph, "li"));
  }
}

function fromWord(html) {
  const unstyled = html
    .replace(/<style\b[^]*?<\/style>/gi, "")
    .replace(/<[^>]+>/g, (tag) => tag.replace(/\s(style|on\w+)\s*=/gi, " data-$1="));
  const { body } = new DOMParser().parseFromString(unstyled, "text/html");
  lowerHeadings(body);
  makeLists(body);
  return body.innerHTML;
}

const translated = new WeakSet();

document.addEventListener(
  "paste",
  (event) => {
    const html = event.clipboardData?.getData("text/html");
    const inEditor = event.target.closest?.(".ProseMirror");
    if (!html || !inEditor || translated.has(event) || html.includes("data-pm-slice")) {
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/html", fromWord(html));
    clipboardData.setData("text/plain", event.clipboardData.getData("text/plain"));
    const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
    translated.add(paste);
    event.target.dispatchEvent(paste);
  },
  { capture: true },
);
