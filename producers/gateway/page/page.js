// The page: a key, what the file holds, the file; then the result of the check, and sending what passes.

import { Gateway, GatewayError } from "./gateway.js";
import { PART, readRecords } from "./records.js";
import { Receipts, save, showReceipts, showSent } from "./receipt.js";
import { Result } from "./result.js";
import { $, announce, state } from "./state.js";
import { fillTexts, number, preferredLanguage, rememberLanguage, say, speak } from "./words.js";
import {
  endRun, fail, progress, renderTrouble, renderWait, renderWorking, setOutcome, startRun, wordsOf,
} from "./work.js";

const STORED_KEY = "arna-key";
const MEGABYTE = 1_048_576;

// ---- words ---------------------------------------------------------------------------------------------------------

async function chooseLanguage(language) {
  await speak(language);
  render();
}

/** Writes all that is said on the page anew, after a change of language or of what there is to say. */
function render() {
  fillTexts();
  $("choose").textContent = say(state.file ? "file.change" : "file.choose");
  $("choose").className = state.file ? "quiet" : "strong";
  $("key-owner").textContent = state.source ? ownerOf(state.source) : "";
  if ($("key-error").dataset.key) $("key-error").textContent = say($("key-error").dataset.key);
  renderChosen();
  renderWorking();
  renderTrouble();
  if (state.result) state.result.render();
  if (state.sending && state.sending.isDone) showSent(state);
}

function ownerOf(source) {
  return source.name ? `${source.name} (${source.source})` : source.source;
}

function renderChosen() {
  $("chosen").hidden = !state.file;
  $("drop-words").hidden = Boolean(state.file);
  if (!state.file) return;
  $("chosen-name").textContent = state.file.name;
  const { size } = state.file;
  const facts = [size >= MEGABYTE ? say("file.size", { size: number(Math.round((size / MEGABYTE) * 10) / 10) })
    : say("file.size.small", { size: Math.max(1, Math.round(size / 1024)) })];
  const { records } = state;
  if (records && records.count !== null) facts.push(say("file.records", { count: records.count }));
  if (records && records.delimiter) facts.push(say("file.divided", { delimiter: delimiterName(records.delimiter) }));
  $("chosen-facts").textContent = facts.join(" · ");
}

function delimiterName(delimiter) {
  const name = { ",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe" }[delimiter];
  return name ? say(`file.delimiter.${name}`) : delimiter;
}

// ---- the key -------------------------------------------------------------------------------------------------------

async function useKey(key) {
  keyError("");
  if (!key) {
    keyError("key.empty");
    $("key").focus();
    return;
  }
  $("key-check").disabled = true;
  announce(say("key.checking"));
  try {
    const gateway = new Gateway(key);
    state.source = await gateway.source();
    state.gateway = gateway;
    sessionStorage.setItem(STORED_KEY, key);
    openSteps();
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    sessionStorage.removeItem(STORED_KEY);
    keyError({ key: "error.key", forbidden: "error.key", network: "error.network" }[error.kind] || "error.unexpected", error);
    $("key").focus();
  } finally {
    $("key-check").disabled = false;
    announce("");
  }
}

function keyError(text, error) {
  $("key-error").dataset.key = text;
  $("key-error").textContent = text ? wordsOf(text, error) : "";
  if (text) $("key").setAttribute("aria-invalid", "true");
  else $("key").removeAttribute("aria-invalid");
}

function openSteps() {
  $("key").value = "";
  $("key-form").hidden = true;
  $("key-accepted").hidden = false;
  $("entities").disabled = false;
  $("file-step").disabled = false;
  $("entities-locked").hidden = true;
  const allowed = state.source.entities;
  for (const radio of document.getElementsByName("entity")) {
    radio.disabled = !allowed.includes(radio.value);
    radio.closest("label").hidden = radio.disabled;
    radio.checked = allowed.length === 1 && !radio.disabled;
  }
  state.entity = allowed.length === 1 ? allowed[0] : "";
  render();
  enableFile();
  $("key-accepted").focus();
}

function forgetKey() {
  state.run?.abort();
  sessionStorage.removeItem(STORED_KEY);
  Object.assign(state, { gateway: null, source: null, entity: "", file: null, records: null });
  clearOutcome();
  $("key-form").hidden = false;
  $("key-accepted").hidden = true;
  $("entities").disabled = true;
  $("file-step").disabled = true;
  $("entities-locked").hidden = false;
  for (const radio of document.getElementsByName("entity")) {
    radio.closest("label").hidden = false;
    radio.checked = false;
  }
  render();
  $("key").focus();
}

// ---- the file ------------------------------------------------------------------------------------------------------

function enableFile() {
  $("choose").disabled = !state.entity;
  $("template").disabled = !state.entity;
}

function takeFile(file) {
  if (!file || !state.entity || $("file-step").disabled) return;
  state.file = file;
  state.ignoreUnknown = false;
  check();
}

/** Reads the file and checks all of its rows; an earlier check that still runs is stopped. */
async function check() {
  if (!state.file || !state.entity || !state.gateway) return;
  clearOutcome();
  state.records = null;
  state.written = writtenAt(state.file).toISOString();
  const run = startRun("check.running.whole");
  render();
  try {
    const records = await readRecords(state.file, { encoding: $("encoding").value, delimiter: $("delimiter").value });
    if (run.signal.aborted) return;
    state.records = records;
    renderChosen();
    const result = new Result(records, limitsOf(state.source));
    await forEachPart(result.allParts(), run, false, (part, answer) => {
      result.add(part, answer);
      progress("check.running", part.first + answer.read, records.count);
    });
    state.result = result;
    endRun(run);
    showResult();
  } catch (error) {
    fail(run, error, check);
  }
}

/** When a file was written; now where the system does not say it (some phones say 1970). */
function writtenAt(file) {
  return new Date(file.lastModified > Date.UTC(2000) ? file.lastModified : Date.now());
}

/** How large a part may be: a source that may send little at once sends in small parts. */
function limitsOf({ limits = {} }) {
  const { events_per_second: events = Infinity, max_body_bytes: bytes = Infinity } = limits;
  return { records: Math.min(PART.records, 2 * events), characters: Math.min(PART.characters, Math.floor(bytes / 8)) };
}

async function forEachPart(parts, run, send, take) {
  for (const part of parts) {
    const choices = { send, dates: $("dates").value, written: state.written, ignoreUnknown: state.ignoreUnknown };
    const answer = await state.gateway.file(state.entity, part, choices, { signal: run.signal, onWait: renderWait });
    if (run.signal.aborted) throw new DOMException("stopped", "AbortError");
    take(part, answer);
  }
}

function showResult() {
  $("checked").hidden = false;
  state.result.render();
  announce($("checked-heading").textContent);
  $("checked-heading").focus();
}

// ---- sending -------------------------------------------------------------------------------------------------------

function confirmSending() {
  const { passed, refused } = state.result;
  $("confirm-title").textContent = say("send.title", { count: passed });
  $("confirm-what").textContent = say("send.what", {
    entity: say(`entity.${state.entity}`), file: state.file.name, source: state.source.name || state.source.source,
  });
  $("confirm-rest").textContent = refused ? say("send.rest", { count: refused }) : "";
  $("confirm").returnValue = "";
  $("confirm").showModal();
}

/** Sends the parts of the file that have rows that pass; after an interruption it goes on where it stopped. */
async function send() {
  state.sending ??= {
    parts: [...state.result.partsThatPass()], done: 0, accepted: 0, isDone: false, receipts: new Receipts(state.gateway),
  };
  const { sending } = state;
  setOutcome("");
  const run = startRun("send.running", true);
  progress("send.running", sending.accepted, state.result.passed);
  try {
    if (!sending.done) await sending.receipts.begin();
    await forEachPart(sending.parts.slice(sending.done), run, true, (part, answer) => {
      sending.done += 1;
      sending.accepted += answer.accepted;
      sending.receipts.expect(part, answer.events);
      progress("send.running", sending.accepted, state.result.passed);
    });
    sending.isDone = true;
    sending.at = new Date();
    endRun(run);
    $("sent").hidden = false;
    showSent(state);
    announce($("sent-heading").textContent);
    $("sent-heading").focus();
  } catch (error) {
    fail(run, error, send);
  }
}

function clearOutcome() {
  Object.assign(state, { result: null, sending: null });
  $("receipt-list").hidden = true;
  setOutcome("");
  announce("");
}

// ---- wiring --------------------------------------------------------------------------------------------------------

function wireKey() {
  $("key-form").addEventListener("submit", (event) => {
    event.preventDefault();
    useKey($("key").value.trim());
  });
  $("key-change").addEventListener("click", forgetKey);
}

function wireFile() {
  for (const radio of document.getElementsByName("entity")) {
    radio.addEventListener("change", () => {
      state.entity = radio.value;
      enableFile();
      check();
    });
  }
  $("choose").addEventListener("click", () => $("file").click());
  $("file").addEventListener("change", () => {
    takeFile($("file").files[0]);
    // Else choosing the same file again would be no change.
    $("file").value = "";
  });
  for (const id of ["encoding", "delimiter", "dates"]) $(id).addEventListener("change", check);
  $("template").addEventListener("click", saveTemplate);
  wireDrop();
}

async function saveTemplate() {
  try {
    const columns = await state.gateway.template(state.entity);
    save({ text: `\ufeff${columns}`, type: "text/csv" }, say("file.template.name", { entity: say(`entity.${state.entity}`).toLowerCase() }));
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    state.trouble = { error, again: saveTemplate };
    renderTrouble();
  }
}

function wireDrop() {
  const drop = $("drop");
  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", Boolean(state.entity));
    });
  }
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => takeFile(event.dataTransfer.files[0]));
  // A file that misses the zone must not replace the page.
  for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());
}

function wireOutcome() {
  $("stop").addEventListener("click", () => {
    const run = state.run;
    run?.abort();
    endRun(run);
    announce(say("check.stopped"));
    $("choose").focus();
  });
  $("retry").addEventListener("click", () => {
    const { again } = state.trouble;
    state.trouble = null;
    renderTrouble();
    again();
  });
  $("leave-out").addEventListener("click", () => {
    state.ignoreUnknown = true;
    check();
  });
  window.addEventListener("beforeprint", () => state.result?.renderTable(true));
  window.addEventListener("afterprint", () => state.result?.renderTable());
  $("send").addEventListener("click", confirmSending);
  $("confirm").addEventListener("close", () => {
    if ($("confirm").returnValue === "send") send();
  });
  $("download").addEventListener("click", handBack);
  $("download-rest").addEventListener("click", handBack);
  $("print").addEventListener("click", () => window.print());
  $("receipts").addEventListener("click", () => showReceipts(state.sending.receipts, (row) => state.result.rowNumber({ row })));
  $("another").addEventListener("click", () => {
    Object.assign(state, { file: null, records: null });
    clearOutcome();
    render();
    $("choose").focus();
  });
}

function handBack() {
  const { text, type, suffix } = state.result.handBack();
  const name = state.file.name.replace(/\.[^.]*$/, "");
  save({ text, type }, `${say("result.download.name", { name })}.${suffix}`);
}

async function start() {
  const language = preferredLanguage();
  for (const radio of document.getElementsByName("language")) {
    radio.checked = radio.value === language;
    radio.addEventListener("change", async () => {
      await chooseLanguage(radio.value);
      rememberLanguage();
    });
  }
  wireKey();
  wireFile();
  wireOutcome();
  enableFile();
  try {
    await chooseLanguage(language);
  } catch {
    $("unloaded").hidden = false;
    return;
  }
  document.body.classList.remove("unready");
  const key = sessionStorage.getItem(STORED_KEY);
  if (key) await useKey(key);
}

start();
