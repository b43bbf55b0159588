// What is under way and what went wrong: the progress of a check or of sending, and why it ended before its end.

import { FileError } from "./encodings.js";
import { GatewayError } from "./gateway.js";
import { $, announce, state } from "./state.js";
import { has, say } from "./words.js";

/** Begins a check or a sending; whatever is still under way is stopped. */
export function startRun(words, isSending = false) {
  state.run?.abort();
  state.run = new AbortController();
  state.working = { words, done: 0, total: 0, wait: 0, isSending, said: 0 };
  renderWorking();
  $("working").scrollIntoView({ block: "nearest" });
  return state.run;
}

/** Ends a run, unless another has taken its place. */
export function endRun(run) {
  if (state.run !== run) return;
  state.run = null;
  state.working = null;
  renderWorking();
}

/** Says how far a run is; aloud at each quarter. */
export function progress(words, done, total) {
  Object.assign(state.working, { words: total === null ? `${words}.whole` : words, done, total });
  renderWorking();
  const quarter = total ? Math.floor((done / total) * 4) : 0;
  if (quarter > state.working.said && done < total) {
    state.working.said = quarter;
    announce($("working-words").textContent);
  }
}

/** Says that the gateway asked to wait; 0: it goes on. */
export function renderWait(seconds) {
  state.working.wait = seconds;
  renderWorking();
}

/** Shows what is under way. */
export function renderWorking() {
  const { working } = state;
  $("working").hidden = !working;
  if (!working) return;
  const key = has(working.words) ? working.words : "check.running.whole";
  $("working-words").textContent = working.wait ? say("wait.limit", { seconds: working.wait }) : say(key, working);
  $("working-stay").hidden = !working.isSending;
  $("stop").hidden = working.isSending;
  if (working.total) {
    $("progress").max = working.total;
    $("progress").value = working.done;
  } else {
    $("progress").removeAttribute("value");
  }
}

/** Ends a run with what went wrong; `again` is what trying again means. */
export function fail(run, error, again) {
  if (state.run !== run) return;
  endRun(run);
  if (error.name === "AbortError") {
    announce(say("check.stopped"));
    return;
  }
  if (!(error instanceof GatewayError) && !(error instanceof FileError)) throw error;
  state.trouble = { error, again };
  renderTrouble();
  if (opensOptions(error)) $("options").open = true;
}

const FILE_PROBLEMS = {
  encoding: "error.encoding", delimiter: "error.delimiter", heading: "error.heading.row", columns: "error.columns",
  empty: "error.empty", options: "error.options",
};
const ERROR_KEYS = {
  key: "error.key", forbidden: "error.forbidden", large: "error.large", type: "error.type", away: "error.away",
  limit: "wait.limit", network: "error.network",
};

function keyOf(error) {
  if (error instanceof FileError) return error.text;
  if (error.kind === "file") return FILE_PROBLEMS[error.problem.reason] || "error.file";
  return ERROR_KEYS[error.kind] || "error.unexpected";
}

/** The sentence of an error. */
export function wordsOf(key, error) {
  return say(key, { seconds: error?.seconds, code: error?.code ?? "" });
}

function opensOptions(error) {
  return ["error.encoding", "error.encoding.kazakh", "error.encoding.utf8", "error.delimiter"].includes(keyOf(error));
}

/** Shows what went wrong and what can be done about it. */
export function renderTrouble() {
  const { trouble } = state;
  $("trouble").hidden = !trouble;
  if (!trouble) return;
  const words = [wordsOf(keyOf(trouble.error), trouble.error)];
  const { sending } = state;
  if (sending && sending.accepted) words.unshift(say("send.interrupted", { count: sending.accepted }));
  $("trouble-words").textContent = words.join(" ");
  const isFile = trouble.error instanceof FileError || trouble.error.kind === "file";
  $("retry").hidden = isFile;
  $("retry").textContent = say(state.sending ? "send.again" : "error.retry");
  const unknown = (isFile && trouble.error.problem?.columns) || [];
  $("leave-out").hidden = !unknown.length;
  $("unknown-columns").replaceChildren(...unknown.map(columnElement));
}

/** A column that Arna does not know, as the person's file calls it, with the name that may have been meant. */
function columnElement({ column, nearest }) {
  const item = document.createElement("li");
  const name = document.createElement("b");
  name.textContent = state.records?.columns?.[column - 1] ?? say("columns.place", { letter: letterOf(column) });
  item.append(name);
  if (nearest) item.append(` — ${say("columns.nearest", { name: nearest })}`);
  return item;
}

/** The letter that a spreadsheet gives to a column: 1 is A, 27 is AA. */
function letterOf(place) {
  const rest = Math.floor((place - 1) / 26);
  return (rest ? letterOf(rest) : "") + String.fromCharCode(65 + ((place - 1) % 26));
}

/** Shows one of the outcomes, or none, and forgets what went wrong. */
export function setOutcome(shown) {
  for (const id of ["checked", "sent"]) $(id).hidden = id !== shown;
  state.trouble = null;
  renderTrouble();
}
