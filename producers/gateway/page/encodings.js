// The text of a file in the encoding that the person says it has, checked and never guessed.

// KZ-1048 is Windows-1251 with Kazakh letters in sixteen places; browsers know only the latter.
const KAZAKH_LETTERS = {
  "Ќ": "Қ", "Ћ": "Һ", "ќ": "қ", "ћ": "һ", "Ў": "Ұ", "ў": "ұ", "Ј": "Ә", "Ґ": "Ө",
  "Є": "Ғ", "Ї": "Ү", "ґ": "ө", "є": "ғ", "ј": "ә", "Ѕ": "Ң", "ѕ": "ң", "ї": "ү",
};
const KAZAKH_MISREAD = /[ЌќЋћЎўЈјЅѕ]/;

/** A file that cannot be read; `text` is the key of the sentence that says why. */
export class FileError extends Error {
  constructor(text) {
    super(text);
    this.text = text;
  }
}

/** The text of a file; an encoding that does not fit is an error, never a row of question marks. */
export function decode(bytes, encoding) {
  const has = (...mark) => mark.every((byte, index) => bytes[index] === byte);
  const utf16 = has(0xff, 0xfe) ? "utf-16le" : has(0xfe, 0xff) ? "utf-16be" : "";
  if (encoding === "utf-16") {
    if (!utf16) throw new FileError("error.encoding.utf16");
    return strictly(bytes, utf16);
  }
  if (utf16 || bytes.subarray(0, 4096).includes(0)) throw new FileError("error.encoding");
  if (encoding === "utf-8") return strictly(bytes, "utf-8");
  if (bytes.some((byte) => byte > 127) && isUtf8(bytes)) throw new FileError("error.encoding.utf8");
  const text = strictly(bytes, "windows-1251");
  if (encoding === "kz1048") return text.replace(/[ЌЋќћЎўЈҐЄЇґєјЅѕї]/g, (letter) => KAZAKH_LETTERS[letter]);
  if (KAZAKH_MISREAD.test(text)) throw new FileError("error.encoding.kazakh");
  return text;
}

function strictly(bytes, encoding) {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new FileError("error.encoding");
  }
}

function isUtf8(bytes) {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
