// Publishes certificates with Node.js 18 or newer and no package.
//   ARNA_GATEWAY=http://127.0.0.1:8443 ARNA_KEY=arna_… node publish.mjs
import { createHash } from "node:crypto";

const gateway = process.env.ARNA_GATEWAY;
const key = process.env.ARNA_KEY;
const source = "urn:kz:bin:500340000738";

/** An id that follows from the content: the same change sent again has it again. */
function idOf(content) {
  const hex = createHash("sha256").update(content).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function eventOf(certificate, version) {
  return {
    specversion: "1.0",
    id: idOf(`${source} ${version} ${JSON.stringify(certificate)}`),
    source,
    type: "kz.arna.certification.issued.v1",
    subject: certificate.certificate_id,
    time: `${certificate.awarded_on}T12:00:00+05:00`,
    dataschema: "urn:arna:schema:certification:1",
    recordversion: version,
    data: certificate,
  };
}

/** Sends until every event is accepted or refused. */
async function publish(events, tries = 5) {
  const answer = await fetch(`${gateway}/v1/events`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/cloudevents-batch+json" },
    body: JSON.stringify(events),
  });
  const report = await answer.json();
  if (!report.results) throw new Error(`${answer.status}: ${report.detail}`);
  const refused = report.results.filter(({ status }) => status === "refused");
  for (const { id, pointer, message } of refused) console.error(`${id} ${pointer}: ${message}`);
  const again = report.results.filter(({ status }) => status === "unknown" || status === "not_sent");
  if (again.length === 0 || tries === 0) return { accepted: report.accepted, refused: refused.length, left: again.length };
  await new Promise((done) => setTimeout(done, 1000 * Number(answer.headers.get("Retry-After") ?? 1)));
  const rest = await publish(again.map(({ index }) => events[index]), tries - 1);
  return { accepted: report.accepted + rest.accepted, refused: refused.length + rest.refused, left: rest.left };
}

// Synthetic people: century digit 1 in the number, so they are nobody.
const people = ["990101100000", "990101100010"];
const certificates = people.map((iin, number) => ({
  certificate_id: `example-js-${number}`,
  person: { iin },
  issuer: { bin: source.split(":").at(-1), name: "Үлгі университеті" },
  achievement: {
    code: "AI-101",
    name: { kk: "Машиналық оқыту негіздері", ru: "Основы машинного обучения" },
    type: "Course",
    hours: 72,
    skills: [{ framework: "local", name: "Машиналық оқыту" }],
  },
  awarded_on: "2026-04-30",
  valid_from: "2026-05-01",
  language: "kk",
  status: "valid",
}));

console.log(JSON.stringify(await publish(certificates.map((one) => eventOf(one, 1)))));
