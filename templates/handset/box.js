//! The box at the other end: what it said of itself, questions to it, and waiting while it is away.
//!
//! Not here: texts (`messages.js`) and pages (`browser.js`).

import { addressOf } from "./deck.js";
import { find } from "./made.js";
import { say } from "./words.js";

/** The box holds a long poll for 20 s. */
export const POLL_TIMEOUT_MS = 40_000;
/** A page that takes as long will not come. */
export const PAGE_TIMEOUT_MS = 20_000;
export const BACK_OFF_MAX_S = 30;

/** What `/handset/state` told, and whose phone this is. */
export const box = { number: "", modem: "simulated", phone: "", sites: [], home: "/?v=wmlc", deck_octets: 1300 };

/** How far the box's clock is ahead of this machine's: in the demo time can be skipped. */
let aheadMs = 0;

export const now = () => new Date(Date.now() + aheadMs);

/** The box tells seconds only: up to one is no difference. */
export function setNow(told) {
  const ahead = new Date(told) - Date.now();
  aheadMs = Math.abs(ahead) > 1500 ? ahead : 0;
}

/** Lets time pass for the box, and learns what time it is there then. */
export async function skip(seconds) {
  await ask("time", { method: "POST", body: new URLSearchParams({ advance_s: seconds }) });
  setNow((await ask("state")).now);
}

/** The box said no, and why. */
export class Refused extends Error {}

/** One question to the box's routes for this page. */
export async function ask(path, options = {}, timeoutMs = PAGE_TIMEOUT_MS) {
  const limit = AbortSignal.timeout(timeoutMs);
  const answer = await fetch(`/handset/${path}`, { ...options, signal: options.signal ? AbortSignal.any([options.signal, limit]) : limit });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(said.error?.message ?? say("httpError", answer.status));
  return said;
}

/** The path on this box that an address means, or null if it lies elsewhere. `<slug>.<domain>` is also `/s/<slug>/`. */
export function pathHere(address) {
  if (!/^https?:$/.test(address.protocol)) return null;
  const host = address.host.replace(/^wap\./, "");
  const rest = address.pathname + address.search + address.hash;
  const own = [location.host, box.url && addressOf(box.url)?.host, `localhost:${location.port}`, `127.0.0.1:${location.port}`];
  for (const name of own.filter(Boolean).map((one) => one.replace(/:$/, ""))) {
    if (host === name) return rest;
    const site = box.sites.find(({ path }) => path && host === `${path.split("/")[2]}.${name}`);
    if (site) return site.path.replace(/\/(\?.*)?$/, "") + rest;
  }
  return null;
}

let wake = () => {};

/** Ends the present pause. */
export const hurry = () => wake();

export function pause(seconds, signal) {
  return new Promise((done) => {
    wake = done;
    setTimeout(done, seconds * 1000);
    signal?.addEventListener("abort", done, { once: true });
  });
}

/** Says why nothing comes, and waits. */
export async function away(seconds, error, signal) {
  const strip = find(".offline");
  strip.hidden = false;
  find("span", strip).textContent = error instanceof Refused ? error.message : say("unreachable", seconds);
  await pause(seconds, signal);
}

export function isBack() {
  find(".offline").hidden = true;
}
