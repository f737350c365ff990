//! The WAP browser: fetching, history and addresses around the WML viewer.
//!
//! Decks come over HTTP from this box only, compiled as the air has them; what is shown was read from those octets.
//!
//! Not here: how a WML deck is shown (`wml.js`), and reading its octets, which the box does.

import { ask, box, PAGE_TIMEOUT_MS, pathHere, Refused } from "./box.js";
import { addressOf, parseDeck, WmlError } from "./deck.js";
import { button, find, made } from "./made.js";
import { apps, choose, dial, drawKeys, goBack, open, screen } from "./phone.js";
import { count, has, language, say } from "./words.js";
import { Viewer } from "./wml.js";

/** Pages to go back to; phones kept fewer. */
const HISTORY_MAX = 30;
const COMPILED = "application/vnd.wap.wmlc";
/** What the arrows stop at on a card. */
const STOPS = "a, button, input, select";

export const browser = {
  name: "browser",
  view: find("[data-view=browser]"),
  card: find(".card"),
  bar: find(".address input"),
  meter: find(".meter"),
  /** `{url, deck, octets, card}`, the newest last: going back shows the deck that was there, as phones did. */
  history: [],
  fetching: null,
  /** A fault is on the screen, above the newest page of the history. */
  failed: false,

  keys() {
    if (this.fetching) return [null, { label: say("cancel"), run: () => this.cancel() }];
    // What calls itself "back" is one key with the phone's own, whatever type the deck gives it.
    const back = this.viewer.actions.find(({ type, label }) => type === "prev" || label === say("back"));
    const others = this.viewer.actions.filter((action) => action !== back);
    const menu = { label: say("options"), run: () => choose(others) };
    const select = this.card.querySelector(STOPS) ? { label: say("select"), run: () => this.ok() } : null;
    const left = others.length > 1 ? menu : others[0] ?? select;
    return [left, back ?? (this.history.length > (this.failed ? 0 : 1) ? { label: say("back"), run: () => this.back() } : goBack())];
  },

  enter() {
    if (this.history.length === 0 && !this.fetching && !this.failed) this.go({ href: box.home });
  },

  press(key) {
    this.viewer.press(key);
  },

  green() {
    this.ok();
  },

  ok() {
    const at = document.activeElement;
    if (at.matches(`.card :is(${STOPS})`)) at.click();
    else this.move(1);
  },

  move(step) {
    const stops = [...this.card.querySelectorAll(STOPS)];
    const next = stops[stops.indexOf(document.activeElement) + step];
    if (next && (step > 0 || stops.includes(document.activeElement))) next.focus();
    else this.card.scrollBy({ top: step * 80, behavior: "smooth" });
  },

  /** Follows an address as a deck, a person or a text names it. `assigned` are the variables to set on arrival. */
  async go({ href, method = "GET", fields = [], assigned = [], reload = false }) {
    const call = /^(?:tel:|wtai:\/\/wp\/mc;)([^;!?]+)/i.exec(href);
    if (call) return dial(decodeURIComponent(call[1]));
    const text = /^sms(?:to)?:[^?]*(?:\?(.*))?$/i.exec(href);
    if (text) return apps.messages.compose(new URLSearchParams(text[1] ?? "").get("body") ?? "");
    const now = this.history.at(-1);
    const address = addressOf(href, now?.url ?? location.origin);
    if (!address) return this.fail(say("badAddress"), href);
    if (method === "GET") for (const [name, value] of fields) address.searchParams.append(name, value);
    const path = pathHere(address);
    if (path === null) {
      this.bar.value = address.href;
      return this.fail(say("outside"), `${address.href}\n${say("outsideHint")}`);
    }
    const same = now && method === "GET" && !reload && address.hash && address.href.split("#")[0] === now.url.split("#")[0];
    if (same) return this.visit({ ...now, url: address.href, card: address.hash.slice(1) }, assigned);
    const deck = await this.fetch(path, method === "POST" ? new URLSearchParams(fields) : undefined, reload);
    if (deck) this.visit({ ...deck, card: decodeURIComponent(address.hash.slice(1)) }, assigned);
  },

  async fetch(path, body, reload) {
    this.fetching?.abort();
    const stop = (this.fetching = new AbortController());
    const again = { href: path, method: body ? "POST" : "GET", fields: body ? [...body] : [], reload };
    this.bar.value = shown(new URL(path, location.origin).href);
    this.loading(true);
    try {
      const answer = await fetch(path, {
        // A phone of its own: what it chooses must not change the web pages of this browser, nor they its pages.
        method: again.method, body, cache: reload ? "no-cache" : "default", credentials: "omit",
        headers: { Accept: `${COMPILED}, text/vnd.wap.wml`, "Accept-Language": language === "en" ? "en" : "zh-CN" },
        signal: AbortSignal.any([stop.signal, AbortSignal.timeout(PAGE_TIMEOUT_MS)]),
      });
      const kind = (answer.headers.get("content-type") ?? "?").split(";")[0];
      if (kind === COMPILED) return { url: answer.url, ...(await this.decompiled(await answer.arrayBuffer(), stop.signal)) };
      if (kind === "text/vnd.wap.wml") return { url: answer.url, deck: parseDeck(await answer.text()) };
      if (!answer.ok) this.fail(say("httpError", answer.status), say("httpErrorHint"), again);
      else this.fail(say("notWml"), say("notWmlHint", kind));
    } catch (error) {
      if (error instanceof WmlError) this.fail(say("broken"), say("brokenHint", error.line, error.message), again);
      else if (error instanceof Refused) this.fail(say("broken"), error.message, again);
      else if (!stop.signal.aborted) this.fail(say("noAnswer"), say("noAnswerHint"), again);
    } finally {
      if (this.fetching === stop) this.loading(false);
    }
    return null;
  },

  /** The deck that the octets hold, as the box's own reader finds it in them. */
  async decompiled(octets, signal) {
    const { wml } = await ask("deck", { method: "POST", body: octets, signal });
    return { deck: parseDeck(wml), octets: octets.byteLength };
  },

  /** Comes to the front with this address. */
  browse(href) {
    // Asked for first, so that the empty browser does not fetch its home page meanwhile.
    this.go({ href });
    open("browser");
  },

  visit(entry, assigned) {
    this.history.push(entry);
    if (this.history.length > HISTORY_MAX) this.history.shift();
    this.draw(entry, { assigned });
  },

  back(assigned = []) {
    if (!this.failed && this.history.length > 1) this.history.pop();
    if (this.history.length > 0) this.draw(this.history.at(-1), { backward: true, assigned });
  },

  cancel() {
    this.fetching.abort();
    if (this.history.length === 0) return goBack().run();
    this.bar.value = shown(this.history.at(-1).url);
  },

  /** Another visitor starts with nothing. */
  restart() {
    this.fetching?.abort();
    this.history.length = 0;
    this.failed = false;
    this.viewer.stop();
    this.viewer.variables.clear();
    this.viewer.actions = [];
    this.card.replaceChildren();
    find(".card-title").textContent = "";
    this.weigh();
  },

  reload() {
    const now = this.history.at(-1);
    this.history.pop();
    this.go({ href: now?.url ?? box.home, reload: true });
  },

  draw(entry, how) {
    this.failed = false;
    this.bar.value = shown(entry.url);
    this.weigh(entry.octets);
    this.viewer.show(entry.deck, entry.url, entry.card, how);
    if (screen.dataset.app === this.name && !document.activeElement?.closest(".notes, .keys")) this.card.focus({ preventScroll: true });
  },

  /** Shows how much of a phone's memory the deck takes, if it came compiled. */
  weigh(octets) {
    this.meter.hidden = octets === undefined;
    if (octets === undefined) return;
    this.meter.textContent = say("octets", count(octets), count(box.deck_octets));
    this.meter.style.setProperty("--full", octets / box.deck_octets);
  },

  loading(isLoading) {
    if (!isLoading) this.fetching = null;
    find(".progress").hidden = !isLoading;
    this.card.setAttribute("aria-busy", isLoading);
    drawKeys();
  },

  /** Something to read instead of a deck, and what can be done about it. */
  fail(title, detail, again) {
    this.failed = true;
    this.weigh();
    this.viewer.stop();
    this.viewer.actions = again ? [{ type: "accept", label: say("retry"), run: () => this.go(again) }] : [];
    const alert = made("div", "fault");
    alert.setAttribute("role", "alert");
    alert.append(made("b", "", title), made("p", "", detail));
    if (again) alert.append(button("", say("retry"), () => this.go(again)));
    find(".card-title").textContent = title;
    this.card.replaceChildren(alert);
    drawKeys();
  },
};

browser.viewer = new Viewer(browser.card, {
  go: (request) => browser.go(request),
  back: (assigned) => browser.back(assigned),
  forget: () => browser.history.splice(0, browser.history.length - 1),
  missing: (field) => {
    field.setCustomValidity(say("fillIn"));
    field.reportValidity();
    field.addEventListener("input", () => field.setCustomValidity(""), { once: true });
  },
  label: (type) => (has(type) ? say(type) : say("options")),
  changed: () => {
    find(".card-title").textContent = browser.viewer.title;
    drawKeys();
  },
});

const shown = (url) => url.replace(/^https?:\/\//, "");

apps.browser = browser;
