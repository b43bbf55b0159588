"use strict";
const query = document.getElementById("query");
const count = document.getElementById("count");
const relations = [...document.querySelectorAll("details.relation")].map((element) => ({
  element,
  name: element.querySelector("h3").textContent.toLowerCase(),
  head: [element.querySelector("summary"), element.querySelector("dl")].map((part) => (part ? part.textContent : "")).join(" ").toLowerCase(),
  rows: [...element.querySelectorAll("tbody tr")].map((row) => ({ element: row, text: row.textContent.toLowerCase() })),
}));
let language = "en";
let found = null;

function remembered() {
  try { return localStorage.getItem("arna-language"); } catch { return null; }
}

function speak(wanted) {
  language = wanted;
  document.documentElement.lang = wanted;
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = WORDS[element.dataset.word][wanted];
    if (element.closest("[lang=en]") !== null) element.lang = wanted;
  }
  for (const element of document.querySelectorAll("[data-placeholder]")) element.placeholder = WORDS[element.dataset.placeholder][wanted];
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", WORDS[element.dataset.label][wanted]);
  for (const button of document.querySelectorAll("[data-language]")) button.setAttribute("aria-pressed", String(button.dataset.language === wanted));
  const style = document.documentElement.style;
  style.setProperty("--word-from", JSON.stringify(WORDS.made_from[wanted]));
  style.setProperty("--word-fields", JSON.stringify(WORDS.event_fields[wanted]));
  document.title = "Arna: " + WORDS.title[wanted];
  tell();
}

function tell() {
  count.textContent = found === null ? "" : `${WORDS.found[language]}: ${found}`;
}

function search() {
  const terms = query.value.toLowerCase().split(/\s+/).filter(Boolean);
  found = terms.length ? 0 : null;
  document.body.classList.toggle("searching", terms.length > 0);
  for (const { element, name, head, rows } of relations) {
    const isHead = terms.every((term) => head.includes(term));
    const isWhole = terms.every((term) => name.includes(term));
    // One word may be the relation's and the next the column's: "student region".
    const matching = rows.map(({ text }) => !isWhole && terms.some((term) => text.includes(term))
      && terms.every((term) => text.includes(term) || head.includes(term)));
    const hasRows = matching.includes(true);
    const isFound = isHead || hasRows;
    element.hidden = !isFound;
    element.open = terms.length > 0 && hasRows;
    rows.forEach((row, place) => { row.element.hidden = hasRows && !matching[place]; });
    if (terms.length && isFound) found += 1;
  }
  for (const section of document.querySelectorAll("section.schema")) {
    section.hidden = section.querySelector("details.relation:not([hidden])") === null;
  }
  document.querySelector("section.untraced").hidden = terms.length > 0;
  document.getElementById("nothing").hidden = found !== 0;
  tell();
}

function visit() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target === null) return;
  if (target.closest("[hidden]")) { query.value = ""; search(); }
  if (target.matches("details")) target.open = true;
  target.scrollIntoView();
}

query.addEventListener("input", search);
document.getElementById("open").addEventListener("click", () => { for (const { element } of relations) element.open = true; });
document.getElementById("close").addEventListener("click", () => { for (const { element } of relations) element.open = false; });
for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => {
    speak(button.dataset.language);
    try { localStorage.setItem("arna-language", language); } catch { /* a page opened as a file may have no store */ }
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== query && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    query.focus();
    query.select();
  } else if (event.key === "Escape" && query.value !== "") {
    query.value = "";
    search();
    query.focus();
  }
});
addEventListener("hashchange", visit);
const own = remembered() ?? navigator.language.slice(0, 2);
speak(own in WORDS.title ? own : "en");
visit();
