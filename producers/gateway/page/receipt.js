// After sending: what was taken, and what has become of it since, as the source's receipts say.

import { GatewayError } from "./gateway.js";
import { pathOf } from "./records.js";
import { currentLanguage, fieldName, moment, number, say } from "./words.js";

const LISTED = 50;
const OUTCOMES = ["landed", "loaded", "superseded", "duplicate", "rejected"];

const $ = (id) => document.getElementById(id);

/** The receipts of what this page sent: of its events, those that follow a cursor taken before the first went out. */
export class Receipts {
  constructor(gateway) {
    this.gateway = gateway;
    this.start = null;
    this.rows = new Map();
    this.forget();
  }

  /** Notes the events of a part that was sent; their rows are counted from the beginning of the file. */
  expect(part, events) {
    for (const event of events) this.rows.set(event.id, event.row + part.first);
  }

  /** Remembers where the receipts of what is sent from now on will begin. */
  async begin() {
    try {
      this.start = (await this.gateway.receipts("end")).next_cursor;
    } catch (error) {
      // Without receipts to look at a row is sent as well.
      if (!(error instanceof GatewayError)) throw error;
    }
    this.forget();
  }

  forget() {
    this.cursor = this.start;
    this.language = currentLanguage();
    this.latest = new Map();
    this.wasFetched = false;
  }

  /** Fetches what has come since; after a change of language all of it, for the sentences. */
  async fetch() {
    if (this.language !== currentLanguage()) this.forget();
    for (let more = true; more; ) {
      const page = await this.gateway.receipts(this.cursor);
      for (const receipt of page.receipts) {
        if (this.rows.has(receipt.event_id)) this.latest.set(receipt.event_id, receipt);
      }
      this.cursor = page.next_cursor;
      more = page.has_more;
    }
    this.wasFetched = true;
  }
}

/** Says what was sent. */
export function showSent({ sending, result, entity, file, source }) {
  $("sent-heading").textContent = sending.accepted ? say("receipt.all", { count: sending.accepted }) : say("receipt.none");
  const rest = result.read - sending.accepted;
  $("sent-rest").textContent = rest ? say("receipt.rest", { count: rest }) : "";
  $("sent-rest").hidden = !rest;
  $("sent-entity").textContent = say(`entity.${entity}`);
  $("sent-file").textContent = file.name;
  const uri = make("code", source.source);
  $("sent-source").replaceChildren(source.name || "", uri);
  $("sent-when").textContent = moment(sending.at);
  $("download-rest").hidden = !result.refused;
  $("download-rest").textContent = $("download").textContent;
  const { receipts } = sending;
  $("receipts").textContent = say(receipts.wasFetched ? "receipt.refresh" : "receipt.show");
  if (receipts.wasFetched && receipts.language !== currentLanguage()) showReceipts(receipts, (row) => result.rowNumber({ row }));
}

/** Fetches the receipts and shows how many rows stand where, and why some were rejected. */
export async function showReceipts(receipts, rowNumber) {
  const list = $("receipt-list");
  list.hidden = false;
  if (receipts.start === null) {
    list.replaceChildren(make("p", say("receipt.away"), "hint"));
    return;
  }
  if (!receipts.wasFetched) list.replaceChildren(make("p", say("receipt.loading"), "hint"));
  try {
    await receipts.fetch();
    list.replaceChildren(...(receipts.latest.size ? elementsOf(receipts, rowNumber) : [make("p", say("receipt.wait"), "hint")]));
    $("receipts").textContent = say("receipt.refresh");
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const key = { key: "error.key", network: "error.network", away: "error.away", limit: "wait.limit" }[error.kind] || "error.unexpected";
    list.replaceChildren(make("p", say(key, { seconds: error.seconds, code: error.code }), "field-error"));
  }
}

function elementsOf({ latest, rows }, rowNumber) {
  const receipts = [...latest.values()];
  const counts = make("ul", "", "outcomes");
  for (const outcome of OUTCOMES) {
    const count = receipts.filter((receipt) => receipt.outcome === outcome).length;
    if (count) {
      const item = make("li", "");
      item.dataset.outcome = outcome;
      item.append(make("b", number(count)), say(`receipt.status.${outcome}`));
      counts.append(item);
    }
  }
  const rejected = receipts.filter((receipt) => receipt.outcome === "rejected");
  return [make("h3", say("receipt.table")), counts, ...(rejected.length ? rejectedElements(rejected, (receipt) => rowNumber(rows.get(receipt.event_id))) : [])];
}

function rejectedElements(rejected, rowOf) {
  const list = make("ul", "", "receipts");
  for (const receipt of rejected.slice(0, LISTED)) {
    const path = pathOf(receipt.pointer || "");
    const words = [receipt.message, receipt.mend].filter(Boolean).join(" ");
    const item = make("li", "");
    item.append(make("b", `${say("result.row")} ${number(rowOf(receipt))}`), " ");
    item.append(`${path ? `${fieldName(path)}: ` : ""}${words}`);
    list.append(item);
  }
  const more = rejected.length - LISTED;
  return [make("h3", say("receipt.rejected")), list, ...(more > 0 ? [make("p", say("receipt.rejected.more", { count: more }), "hint")] : [])];
}

function make(tag, text, kind = "") {
  const element = document.createElement(tag);
  element.className = kind;
  element.textContent = text;
  return element;
}

/** Offers a text as a file to be kept. */
export function save({ text, type }, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  link.download = name;
  link.click();
  // The browser has taken it by the next turn of its loop.
  setTimeout(() => URL.revokeObjectURL(link.href), 0);
}
