// Tells the records of a file apart exactly as the gateway does, so that the page can send the file in parts,
// name a row as the person's spreadsheet does, and show and hand back the person's own cells. Nothing is guessed
// silently: what the file says of itself is checked, and what the page found out is shown.

import { FileError, decode } from "./encodings.js";

export const REASON_COLUMNS = ["arna.row", "arna.reason"];

/** Most records and characters of a part, where the gateway allows no less. */
export const PART = { records: 1000, characters: 400_000 };
const DELIMITERS = { comma: ",", semicolon: ";", tab: "\t", pipe: "|" };
const QUOTE = 34;
const LF = 10;
const CR = 13;

/**
 * Reads a file.
 *
 * @param {File} file
 * @param {{encoding: string, delimiter: string}} choices what the person says about it; an empty delimiter is found out.
 * @returns {Promise<Records>}
 */
export async function readRecords(file, choices) {
  if (file.size === 0) throw new FileError("error.empty");
  const suffix = file.name.slice(file.name.lastIndexOf(".") + 1).toLowerCase();
  if (suffix === "xlsx") return new WholeFile(file);
  const bytes = await bytesOf(file);
  if (["json", "jsonl", "ndjson"].includes(suffix)) return readJson(decode(bytes, "utf-8"), suffix !== "json");
  if (["csv", "tsv", "txt"].includes(suffix)) {
    const delimiter = DELIMITERS[choices.delimiter] || (suffix === "tsv" ? "\t" : "");
    return new Table(decode(bytes, choices.encoding), delimiter);
  }
  throw new FileError("error.type");
}

async function bytesOf(file) {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    // The browser keeps no copy: a file that was saved again since can no longer be read.
    throw new FileError("error.changed");
  }
}

/** Groups records into parts of a bearable size: {first, count, body, type}, rows counted from `first` + 1. */
function* partsOf(sizes, limits, makePart) {
  let first = 0;
  while (first < sizes.length) {
    let count = 0;
    let size = 0;
    const fits = () => count === 0 || size + sizes[first + count] <= limits.characters;
    while (first + count < sizes.length && count < limits.records && fits()) {
      size += sizes[first + count];
      count += 1;
    }
    yield { first, count, ...makePart(first, count) };
    first += count;
  }
}

/** A file that the page cannot look into (a spreadsheet): it is sent as it is. */
class WholeFile {
  constructor(file) {
    this.kind = "whole";
    this.count = null;
    this.file = file;
    this.sheetRows = true;
  }

  *parts() {
    yield { first: 0, count: null, body: this.file, type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" };
  }

  // Blank rows are skipped there, so a record's number is the nearest that can be said.
  rowNumber(index) {
    return index + 2;
  }

  valueAt() {
    return undefined;
  }
}

/** A table as delimited text. Quotes are read strictly, as the gateway reads them. */
class Table {
  constructor(text, delimiter) {
    this.kind = "table";
    this.sheetRows = true;
    const declared = /^sep=(.)[^\S\r\n]*(?:\r\n|\n|\r|$)/.exec(text);
    const body = declared ? text.slice(declared[0].length) : text;
    this.delimiter = delimiter || (declared ? declared[1] : findDelimiter(body));
    const heading = scanRecord(body, 0, this.delimiter, true);
    const names = (heading.cells || []).map((name) => name.trim());
    this.columns = names;
    if (!names.some(Boolean) || names.some((name, index) => name && names.indexOf(name) !== index)) {
      throw new FileError("error.heading.row");
    }
    if (names.some((name) => /[0-9]{3}/.test(name))) throw new FileError("error.heading.row");
    if (names.length === 1 && Object.values(DELIMITERS).some((other) => names[0].includes(other))) {
      throw new FileError("error.delimiter");
    }
    this.text = body;
    this.heading = body.slice(0, heading.end);
    this.starts = [];
    this.ends = [];
    this.rows = [];
    this.scan(heading.next);
    if (REASON_COLUMNS.every((name) => names.includes(name))) this.dropReasons();
  }

  get count() {
    return this.starts.length;
  }

  scan(from) {
    let position = from;
    let row = 1;
    while (position < this.text.length) {
      const record = scanRecord(this.text, position, this.delimiter, false);
      row += 1;
      if (record.filled) {
        this.starts.push(position);
        this.ends.push(record.end);
        this.rows.push(row);
      }
      position = record.next;
    }
  }

  /** Leaves out the two columns that the page itself added to the rows that it handed back to be mended. */
  dropReasons() {
    const kept = this.columns.map((name, index) => index).filter((index) => !REASON_COLUMNS.includes(this.columns[index]));
    const lines = this.starts.map((start, index) => {
      const { cells } = scanRecord(this.text, start, this.delimiter, true);
      // A broken line stays as it is: the gateway names what is wrong with it.
      if (!cells || cells.length !== this.columns.length) return this.text.slice(start, this.ends[index]);
      return kept.map((column) => quote(cells[column], this.delimiter)).join(this.delimiter);
    });
    this.columns = kept.map((index) => this.columns[index]);
    this.heading = this.columns.map((name) => quote(name, this.delimiter)).join(this.delimiter);
    this.text = lines.join("\n");
    let position = 0;
    lines.forEach((line, index) => {
      this.starts[index] = position;
      this.ends[index] = position + line.length;
      position += line.length + 1;
    });
  }

  parts(limits) {
    const sizes = this.starts.map((start, index) => this.ends[index] - start + 1);
    return partsOf(sizes, limits, (first, count) => ({
      body: `${this.heading}\n${this.text.slice(this.starts[first], this.ends[first + count - 1])}\n`,
      type: "text/csv; charset=utf-8",
      delimiter: this.delimiter,
    }));
  }

  rowNumber(index) {
    return this.rows[index];
  }

  valueAt(index, refusal) {
    const { cells } = scanRecord(this.text, this.starts[index], this.delimiter, true);
    if (!cells) return undefined;
    const column = this.columns.indexOf(refusal.column || pathOf(refusal.pointer));
    return column === -1 ? undefined : cells[column] || "";
  }

  /** The given records with the reason for each, as a table of the same kind. */
  handBack(refusals, reasonOf) {
    const line = (text, ...added) => [text, ...added.map((cell) => quote(cell, this.delimiter))].join(this.delimiter);
    const lines = refusals.map((refusal) => {
      const index = refusal.row - 1;
      return line(this.text.slice(this.starts[index], this.ends[index]), String(this.rows[index]), reasonOf(refusal));
    });
    return { text: `\ufeff${[line(this.heading, ...REASON_COLUMNS), ...lines].join("\r\n")}\r\n`, type: "text/csv", suffix: "csv" };
  }
}

/** The character that divides the first line into the most columns; a comma where there is only one column. */
function findDelimiter(text) {
  const columns = Object.values(DELIMITERS).map((delimiter) => {
    const { cells } = scanRecord(text, 0, delimiter, true);
    return [cells ? cells.length : 0, delimiter];
  });
  return columns.reduce((best, next) => (next[0] > best[0] ? next : best))[1];
}

/**
 * One record of delimited text.
 *
 * @returns {{end: number, next: number, filled: boolean, cells: ?string[]}} where it ends, where the next begins, whether
 *     any cell holds something, and its cells where they are asked for; null where its quotes are broken: then it is one line.
 */
function scanRecord(text, start, delimiter, wantCells) {
  const cells = wantCells ? [] : null;
  const divider = delimiter.charCodeAt(0);
  let position = start;
  let filled = false;
  for (;;) {
    let cell = "";
    if (text.charCodeAt(position) === QUOTE) {
      let from = position + 1;
      for (;;) {
        const close = text.indexOf('"', from);
        if (close === -1) return brokenLine(text, start);
        if (close > from) filled = true;
        if (wantCells) cell += text.slice(from, close);
        if (text.charCodeAt(close + 1) !== QUOTE) {
          position = close + 1;
          break;
        }
        filled = true;
        if (wantCells) cell += '"';
        from = close + 2;
      }
    } else {
      const from = position;
      let code = text.charCodeAt(position);
      while (position < text.length && code !== divider && code !== LF && code !== CR) {
        position += 1;
        code = text.charCodeAt(position);
      }
      if (position > from) filled = true;
      if (wantCells) cell = text.slice(from, position);
    }
    if (wantCells) cells.push(cell);
    const code = text.charCodeAt(position);
    if (position >= text.length) return { end: position, next: position, filled, cells };
    if (code === LF) return { end: position, next: position + 1, filled, cells };
    if (code === CR) {
      const next = position + (text.charCodeAt(position + 1) === LF ? 2 : 1);
      return { end: position, next, filled, cells };
    }
    if (code !== divider) return brokenLine(text, start);
    position += 1;
  }
}

function brokenLine(text, start) {
  const found = /\r\n|\n|\r/g;
  found.lastIndex = start;
  const match = found.exec(text);
  return match
    ? { end: match.index, next: found.lastIndex, filled: true, cells: null }
    : { end: text.length, next: text.length, filled: true, cells: null };
}

/** A cell of delimited text, quoted where it must be. */
export function quote(cell, delimiter) {
  return cell.includes(delimiter) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Records of JSON, each kept as the very text that stands in the file. */
class JsonRecords {
  constructor(slices, isLines) {
    this.kind = "json";
    this.sheetRows = false;
    this.slices = slices;
    this.isLines = isLines;
  }

  get count() {
    return this.slices.length;
  }

  write(slices) {
    return this.isLines ? `${slices.join("\n")}\n` : `[${slices.join(",\n")}]`;
  }

  parts(limits) {
    return partsOf(this.slices.map((slice) => slice.length), limits, (first, count) => ({
      body: this.write(this.slices.slice(first, first + count)),
      type: this.isLines ? "application/x-ndjson" : "application/json",
    }));
  }

  rowNumber(index) {
    return index + 1;
  }

  valueAt(index, refusal) {
    let record;
    try {
      record = JSON.parse(this.slices[index]);
    } catch {
      return undefined;
    }
    if (record === null || typeof record !== "object") return undefined;
    const steps = refusal.pointer.split("/").slice(1);
    const value = "specversion" in record ? follow(record, steps) : ownValue(record, steps[0] === "data" ? steps.slice(1) : steps);
    return value === undefined || typeof value === "string" ? value : JSON.stringify(value);
  }

  handBack(refusals) {
    const text = this.write(refusals.map((refusal) => this.slices[refusal.row - 1]));
    return { text, type: "application/json", suffix: this.isLines ? "jsonl" : "json" };
  }
}

// A record in the contract's shape may be nested or have dots in its names.
function ownValue(record, steps) {
  const dotted = steps.join(".");
  return Object.hasOwn(record, dotted) ? record[dotted] : follow(record, steps);
}

function follow(record, steps) {
  return steps.reduce((value, step) => (value !== null && typeof value === "object" ? value[step] : undefined), record);
}

function readJson(text, isLines) {
  if (!isLines) {
    const start = text.search(/\S/);
    if (start === -1) throw new FileError("error.empty");
    if (text[start] === "[") return new JsonRecords(elementsOf(text, start), false);
    if (isOneValue(text)) return new JsonRecords([text.trim()], false);
  }
  const lines = text.split("\n").filter((line) => line.trim());
  if (!lines.length) throw new FileError("error.empty");
  return new JsonRecords(lines, true);
}

function isOneValue(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The elements of a JSON array as they are written: parsing and writing them again would change long numbers. */
function elementsOf(text, start) {
  try {
    JSON.parse(text);
  } catch {
    throw new FileError("error.json");
  }
  const elements = [];
  const mark = /["[\]{},]/g;
  let depth = 0;
  let from = start + 1;
  mark.lastIndex = start;
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    const sign = found[0];
    if (sign === '"') {
      mark.lastIndex = endOfString(text, found.index);
    } else if (sign === "[" || sign === "{") {
      depth += 1;
    } else if (depth === 1) {
      const element = text.slice(from, found.index).trim();
      if (element) elements.push(element);
      from = found.index + 1;
      if (sign === "]") break;
    } else if (sign !== ",") {
      depth -= 1;
    }
  }
  return elements;
}

function endOfString(text, start) {
  let position = start + 1;
  while (text[position] !== '"') position += text[position] === "\\" ? 2 : 1;
  return position + 1;
}

/** The path of a field with dots, from a JSON pointer: `/data/person/iin` is `person.iin`. */
export function pathOf(pointer) {
  return pointer.replace(/^\/data(?=\/|$)/, "").split("/").filter((step) => step && !/^[0-9]+$/.test(step)).join(".");
}
