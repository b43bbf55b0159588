// The result of a check: how many rows pass, and a table of those that do not, by reason and by page.

import { pathOf, quote } from "./records.js";
import { currentLanguage, fieldName, has, number, say } from "./words.js";

const PAGE_ROWS = 25;
const MAX_SHOWN_VALUE = 120;
const MAX_PRINTED_ROWS = 2000;

const $ = (id) => document.getElementById(id);

/** What the gateway said of a file's rows, part by part. */
export class Result {
  constructor(records, limits) {
    this.records = records;
    this.limits = limits;
    this.read = 0;
    this.passed = 0;
    this.refusals = [];
    this.rules = {};
    this.allowed = {};
    this.agrees = true;
    this.parts = [];
    this.reason = "";
    this.page = 0;
  }

  /** Cut as they were checked, so that what is sent is what was looked at. */
  allParts() {
    return this.records.parts(this.limits);
  }

  get refused() {
    return this.refusals.length;
  }

  /** Takes the gateway's answer for a part; rows are counted from the beginning of the file. */
  add(part, answer) {
    this.read += answer.read;
    this.passed += answer.accepted;
    if (part.count !== null && part.count !== answer.read) this.agrees = false;
    for (const row of answer.rows) this.refusals.push({ ...row, row: row.row + part.first });
    Object.assign(this.rules, answer.rules);
    Object.assign(this.allowed, answer.allowed);
    this.parts.push({ first: part.first, passed: answer.accepted });
  }

  /** The parts of the file that have something to send. */
  *partsThatPass() {
    const passing = new Set(this.parts.filter((part) => part.passed).map((part) => part.first));
    for (const part of this.allParts()) if (passing.has(part.first)) yield part;
  }

  /** Whether the page may show the person's own cells beside the gateway's words. */
  get showsCells() {
    return this.agrees && this.records.kind !== "whole";
  }

  /** What is wrong with a row and how to mend it, in a sentence or two. */
  reasonOf(refusal) {
    if (refusal.status === "unknown") return say("row.unknown");
    const rule = this.rules[refusal.rule];
    const words = rule && rule[currentLanguage()];
    const sentences = words ? [words.message, words.mend].filter(Boolean) : [say("rule.unknown", { rule: refusal.rule })];
    const allowed = refusal.rule === "value_not_listed" && this.allowed[pathOf(refusal.pointer)];
    if (allowed) sentences.push(say("result.allowed", { values: allowed.join(", ") }));
    return sentences.join(" ");
  }

  /** The rows that do not pass, for the person to mend: their own records where the page has them, else the list of reasons. */
  handBack() {
    if (this.showsCells) return this.records.handBack(this.refusals, (refusal) => this.reasonOf(refusal));
    const heading = [say("result.row"), say("result.field"), say("result.reason")];
    const lines = this.refusals.map((refusal) => [this.rowNumber(refusal), this.fieldOf(refusal), this.reasonOf(refusal)]);
    const text = [heading, ...lines].map((cells) => cells.map((cell) => quote(String(cell), ";")).join(";")).join("\r\n");
    return { text: `\ufeff${text}\r\n`, type: "text/csv", suffix: "csv" };
  }

  rowNumber(refusal) {
    return this.agrees ? this.records.rowNumber(refusal.row - 1) : refusal.row;
  }

  fieldOf(refusal) {
    const path = pathOf(refusal.pointer);
    const name = path ? fieldName(path) : "";
    const column = refusal.column || path;
    return name && column && name !== column ? `${name} (${column})` : name || column || say("result.field.whole");
  }

  render() {
    this.renderSummary();
    $("refusals").hidden = !this.refused;
    if (this.refused) {
      this.renderReasons();
      this.renderTable();
    }
  }

  renderSummary() {
    const { read, passed, refused } = this;
    const kind = read === 0 ? "empty" : refused === 0 ? "all" : passed === 0 ? "none" : "some";
    $("checked-heading").textContent = say(`result.${kind}`, { count: read, passed });
    $("checked").dataset.kind = kind;
    $("proportion").hidden = read === 0;
    $("proportion").firstElementChild.style.width = `${read ? (passed / read) * 100 : 0}%`;
    $("count-passed").textContent = number(passed);
    $("count-refused").textContent = number(refused);
    $("send").hidden = passed === 0;
    $("send").textContent = say("send.button", { count: passed });
    $("download").hidden = refused === 0;
    $("download").textContent = this.showsCells
      ? say("result.download", { count: refused, kind: this.records.kind === "json" ? "JSON" : "CSV" })
      : say("result.download.list");
    $("mend-hint").hidden = refused === 0 || !this.showsCells || this.records.kind !== "table";
    $("mismatch").hidden = this.agrees;
  }

  renderReasons() {
    const groups = new Map();
    for (const refusal of this.refusals) {
      const key = keyOf(refusal);
      const group = groups.get(key) || { count: 0, refusal };
      group.count += 1;
      groups.set(key, group);
    }
    const sorted = [...groups].sort(([, one], [, other]) => other.count - one.count);
    const options = sorted.map(([key, { count, refusal }]) => {
      const path = pathOf(refusal.pointer);
      return option(key, `${path ? `${fieldName(path)}: ` : ""}${this.reasonOf(refusal)} (${number(count)})`);
    });
    const select = $("reasons");
    select.replaceChildren(option("", say("result.reasons.all", { count: this.refused })), ...options);
    select.value = this.reason;
    select.onchange = () => {
      this.reason = select.value;
      this.page = 0;
      this.renderTable();
    };
  }

  /** The rows of the page, of the chosen reason; on paper, all pages. */
  renderTable(isForPaper = false) {
    const chosen = this.reason ? this.refusals.filter((refusal) => keyOf(refusal) === this.reason) : this.refusals;
    const pages = Math.ceil(chosen.length / PAGE_ROWS);
    const from = this.page * PAGE_ROWS;
    const shown = isForPaper ? chosen.slice(0, MAX_PRINTED_ROWS) : chosen.slice(from, from + PAGE_ROWS);
    $("rows").closest("table").classList.toggle("without-values", !this.showsCells);
    $("rows").replaceChildren(...shown.map((refusal) => this.rowElement(refusal)));
    $("row-hint").textContent = say(this.agrees && this.records.sheetRows ? "result.row.hint" : "result.row.hint.record");
    $("pages").hidden = pages < 2;
    $("range").textContent = say("result.range", { from: from + 1, to: from + shown.length, count: chosen.length });
    this.wirePage($("previous"), this.page > 0, -1);
    this.wirePage($("next"), this.page < pages - 1, 1);
  }

  wirePage(button, isPossible, step) {
    // Not `disabled`: the keyboard's focus must not fall off the button on the last page.
    button.setAttribute("aria-disabled", String(!isPossible));
    button.onclick = () => {
      if (!isPossible) return;
      this.page += step;
      this.renderTable();
    };
  }

  rowElement(refusal) {
    const row = document.createElement("tr");
    row.setAttribute("role", "row");
    const heading = cell("th", "rowheader", "result.row", number(this.rowNumber(refusal)));
    heading.scope = "row";
    row.append(
      heading,
      cell("td", "cell", "result.field", ...this.fieldElements(refusal)),
      cell("td", "cell", "result.reasons", this.reasonOf(refusal)),
      cell("td", "cell", "result.value", this.showsCells ? this.valueElement(refusal) : ""),
    );
    return row;
  }

  fieldElements(refusal) {
    const path = pathOf(refusal.pointer);
    const column = refusal.column || path;
    const name = path ? fieldName(path) : "";
    const shown = make("b", name || column || say("result.field.whole"));
    return name && column && name !== column ? [shown, " ", make("code", column)] : [shown];
  }

  valueElement(refusal) {
    const value = this.records.valueAt(refusal.row - 1, refusal);
    if (value === undefined) return "—";
    if (value === "") return make("span", say("result.value.empty"), "hint");
    return make("code", value.length > MAX_SHOWN_VALUE ? `${value.slice(0, MAX_SHOWN_VALUE)}…` : value);
  }
}

// One reason is one rule at one field; the places in a list are alike.
function keyOf(refusal) {
  return `${refusal.rule} ${pathOf(refusal.pointer)} ${refusal.column || ""}`;
}

function option(value, text) {
  const element = make("option", text);
  element.value = value;
  return element;
}

function make(tag, text, kind = "") {
  const element = document.createElement(tag);
  element.className = kind;
  element.textContent = text;
  return element;
}

// On a phone a row is a card, where each cell says again which column it is of.
function cell(tag, role, heading, ...content) {
  const element = document.createElement(tag);
  element.setAttribute("role", role);
  element.dataset.heading = say(heading);
  const inside = document.createElement("div");
  inside.append(...content);
  element.append(inside);
  return element;
}
