// What the parts of the page share.

/** The element of an id. */
export const $ = (id) => document.getElementById(id);

/** Who is at the page, what they chose, and how far it went. */
export const state = {
  gateway: null,
  source: null,
  entity: "",
  file: null,
  written: "",
  ignoreUnknown: false,
  records: null,
  result: null,
  sending: null,
  run: null,
  trouble: null,
  working: null,
};

/** Tells somebody who does not see the page what has changed. */
export function announce(text) {
  $("status").textContent = text;
}
