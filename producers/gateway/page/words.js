// Sentences of the page in the chosen language: `say("send.button", {count: 5})`.

export const LANGUAGES = ["kk", "ru", "en"];
const STORED = "arna-language";

const texts = {};
let fields = {};
let language = "kk";

/** The language that the person chose before, else the first of the browser's that the page speaks, else Kazakh. */
export function preferredLanguage() {
  const wanted = [remembered(), ...navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase())];
  return wanted.find((tag) => LANGUAGES.includes(tag)) || "kk";
}

function remembered() {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}

/** Loads a language and makes it the current one. */
export async function speak(wanted) {
  [texts[wanted], fields] = await Promise.all([texts[wanted] || load(wanted), Object.keys(fields).length ? fields : load("fields")]);
  language = wanted;
  document.documentElement.lang = wanted;
}

/** Keeps the choice of language for the next visit. */
export function rememberLanguage() {
  try {
    localStorage.setItem(STORED, language);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}

async function load(name) {
  const response = await fetch(`page/texts/${name}.json`);
  return response.json();
}

/** The language that the page speaks now. */
export function currentLanguage() {
  return language;
}

/** The sentence of a key; `count` chooses its plural and is written as the language writes numbers. */
export function say(key, values = {}) {
  let text = texts[language][key];
  if (text === undefined) return key;
  if (typeof text !== "string") text = text[new Intl.PluralRules(language).select(values.count)] || text.other;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? written(values[name]) : whole));
}

/** Whether there is a sentence of that key. */
export function has(key) {
  return key in texts[language];
}

function written(value) {
  return typeof value === "number" ? number(value) : value;
}

/** A number as the language writes it. */
export function number(value) {
  return new Intl.NumberFormat(locale()).format(value);
}

/** A time as the language writes it. */
export function moment(date) {
  // Few browsers have the names of months in Kazakh, so the date is in figures there.
  const dateStyle = language === "kk" ? "short" : "long";
  return new Intl.DateTimeFormat(locale(), { dateStyle, timeStyle: "short" }).format(date);
}

// Figures are written in Kazakh as in Russian, which every browser knows.
function locale() {
  return language === "kk" ? "ru" : language;
}

/** What people call a field of the contract; the path itself where it has no name. */
export function fieldName(path) {
  for (let known = path; known; known = known.slice(0, Math.max(0, known.lastIndexOf(".")))) {
    if (fields[known]) return fields[known][language];
  }
  return path;
}

/** Fills every element that names a sentence. */
export function fillTexts(root = document) {
  for (const element of root.querySelectorAll("[data-text]")) element.textContent = say(element.dataset.text);
  for (const element of root.querySelectorAll("[data-label]")) element.setAttribute("aria-label", say(element.dataset.label));
  document.title = `${say("title")} — Арна`;
}
