//! A WML deck as it comes: reading it strictly, filling its variables in, and what its addresses mean (WAP-191-WML 1.3).
//!
//! Not here: how a card is shown (`wml.js`).

/** The two entities of the WML DTD that XML lacks: browsers never fetch the DTD, and a deck's own subset is dropped. */
const ENTITIES = '<!DOCTYPE wml [<!ENTITY nbsp "&#160;"><!ENTITY shy "&#173;">]>';
const DOCTYPE = /<!DOCTYPE\s[^>[]*(\[[^\]]*\])?\s*>/;
/** WAP-191-WML 10.3.1: `$$`, `$name`, `$(name)`, `$(name:conversion)`. */
const VARIABLE = /\$(?:\$|\(([A-Za-z_]\w*)(?::(\w+))?\)|([A-Za-z_]\w*))/g;

/** A deck that cannot be shown. `line` counts from 1; 0 if the fault has no line. */
export class WmlError extends Error {
  constructor(line, detail) {
    super(detail);
    this.line = line;
  }
}

/** Reads a deck strictly. Returns its `<wml>` element; throws `WmlError`. */
export function parseDeck(source) {
  const [, declaration = "", rest] = /^\uFEFF?(<\?xml[^>]*\?>)?([^]*)$/.exec(source);
  const lineBreaks = (found) => found.replace(/[^\n]/g, "");
  const text = declaration + ENTITIES + rest.replace(DOCTYPE, lineBreaks);
  const deck = new DOMParser().parseFromString(text, "text/xml");
  const fault = deck.querySelector("parsererror");
  if (fault) {
    // Chromium puts the sentence into a <div>, Firefox before a <sourcetext>.
    const words = (fault.querySelector("div") ?? fault.firstChild ?? fault).textContent;
    const line = /line\s*(?:number\s*)?(\d+)/i.exec(words)?.[1] ?? 0;
    throw new WmlError(Number(line), words.split("\n")[0].replace(/^.*?(?:column \d+|error):\s*/i, ""));
  }
  if (deck.documentElement.localName !== "wml") throw new WmlError(1, `<${deck.documentElement.localName}>`);
  if (!deck.querySelector("wml > card")) throw new WmlError(1, "<card>");
  return deck.documentElement;
}

/** Fills variables in. In `href` and `src` a value is URL-escaped unless its conversion says otherwise (10.3.1). */
export function substitute(text, variables, isAddress = false) {
  return text.replace(VARIABLE, (all, long, conversion, short) => {
    if (all === "$$") return "$";
    const value = variables.get(long ?? short) ?? "";
    switch ((conversion ?? (isAddress ? "e" : "n")).toLowerCase()) {
      case "e": case "escape": return encodeURIComponent(value);
      case "u": case "unesc": return unescaped(value);
      default: return value;
    }
  });
}

/** The address that `raw` means on a page at `base`, or null. */
export function addressOf(raw, base) {
  return URL.canParse(raw, base) ? new URL(raw, base) : null;
}

function unescaped(value) {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
