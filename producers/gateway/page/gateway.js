// The gateway's interface, as far as the page needs it.

import { currentLanguage } from "./words.js";

const DEFAULT_WAIT_SECONDS = 5;
const MAX_WAITS = 20;

/** An answer that is no success. `kind` says what the page does about it. */
export class GatewayError extends Error {
  constructor(kind, { seconds = DEFAULT_WAIT_SECONDS, code = "", problem = {} } = {}) {
    super(kind);
    this.kind = kind;
    this.seconds = seconds;
    this.code = code;
    this.problem = problem;
  }
}

const KINDS = { 401: "key", 403: "forbidden", 413: "large", 415: "type", 429: "limit", 503: "away" };

/** Speaks to the gateway with one key. */
export class Gateway {
  constructor(key) {
    this.key = key;
  }

  /** Who the key's owner is and what it may publish. */
  source() {
    return this.ask("GET", "v1/source");
  }

  /** What became of the source's records: the receipts that follow a cursor; after `end`, those to come. */
  receipts(cursor) {
    return this.ask("GET", `v1/receipts?${new URLSearchParams({ cursor, limit: 1000 })}`);
  }

  /** The columns of an entity's table, as the first line of a CSV file. */
  template(entity) {
    return this.ask("GET", `v1/files/${entity}`, { read: (response) => response.text() });
  }

  /**
   * Checks a part of a file, and publishes the rows that pass where `send` says so.
   *
   * @param {string} entity
   * @param {{body: (string|Blob), type: string, delimiter: (string|undefined)}} part
   * @param {{send: boolean, dates: string, written: string, ignoreUnknown: boolean}} choices
   * @param {{signal: AbortSignal, onWait: function(number)}} control
   */
  async file(entity, part, choices, control) {
    const query = new URLSearchParams({ send: String(choices.send), language: "all", written: choices.written });
    if (part.delimiter) query.set("delimiter", part.delimiter);
    if (choices.ignoreUnknown) query.set("ignore_unknown", "true");
    if (choices.dates) query.set("date_format", choices.dates);
    try {
      return await this.ask("POST", `v1/files/${entity}?${query}`, { body: part.body, type: part.type, ...control });
    } catch (error) {
      // That no row passes is an answer too, and has the same members.
      if (error instanceof GatewayError && error.problem.type === "urn:arna:problem:events_refused") return error.problem;
      throw error;
    }
  }

  async ask(method, path, { body, type, signal, onWait, read = (response) => response.json() } = {}) {
    for (let waits = 0; ; waits += 1) {
      const response = await this.fetch(method, path, body, type, signal);
      if (response.ok) return read(response);
      const error = await errorOf(response);
      // Too many requests is no failure: the page waits its turn.
      if (error.kind !== "limit" || !onWait || waits >= MAX_WAITS) throw error;
      onWait(error.seconds);
      await pause(error.seconds * 1000, signal);
      onWait(0);
    }
  }

  async fetch(method, path, body, type, signal) {
    const headers = { Authorization: `Bearer ${this.key}`, Accept: "application/json", "Accept-Language": currentLanguage() };
    if (type) headers["Content-Type"] = type;
    try {
      return await fetch(path, { method, headers, body, signal, cache: "no-store", credentials: "omit" });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new GatewayError("network");
    }
  }
}

async function errorOf(response) {
  const problem = await response.json().catch(() => ({}));
  const seconds = Number(response.headers.get("Retry-After")) || DEFAULT_WAIT_SECONDS;
  const isFile = response.status === 400 || response.status === 422;
  const kind = KINDS[response.status] || (isFile ? "file" : "unexpected");
  return new GatewayError(kind, { seconds, code: String(response.status), problem });
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("stopped", "AbortError"));
    }, { once: true });
  });
}
