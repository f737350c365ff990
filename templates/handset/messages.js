//! Texts: the thread with the box, what is being written, and what it will cost.
//!
//! Not here: the keys that write and send (`phone.js`).

import { ask, away, BACK_OFF_MAX_S, box, isBack, now, pause, POLL_TIMEOUT_MS, Refused } from "./box.js";
import { addressOf } from "./deck.js";
import { button, find, link, made } from "./made.js";
import { apps, drawKeys, goBack, open, screen } from "./phone.js";
import { clock, say } from "./words.js";

/** 3GPP TS 23.038, 6.2.1: the default alphabet without its escape, and what is written as escape and a second septet. */
const GSM7 = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const GSM7_EXTENSION = "\f^{}\\[~]|€";
/** A phone of 2003 kept about as many. */
const MESSAGES_MAX = 200;
const ADDRESS_IN_TEXT = /https?:\/\/[!-~]*[\w/=#-]/gi;
/** A touch screen would cover the phone with its own keyboard when a field gets the focus by itself. */
const hasKeyboard = matchMedia("(pointer: fine)");

/** What a text costs: `{used, room, parts}` in septets or UCS-2 units (3GPP TS 23.040, 9.2.3.24.1). */
export function cost(text) {
  const costOf = (c) => (GSM7.includes(c) ? 1 : GSM7_EXTENSION.includes(c) ? 2 : 0);
  const letters = [...text];
  const plain = letters.every(costOf);
  const units = letters.map((c) => (plain ? costOf(c) : c.length));
  const used = units.reduce((sum, unit) => sum + unit, 0);
  const [alone, joined] = plain ? [160, 153] : [70, 67];
  if (used <= alone) return { used, room: alone, parts: 1 };
  let [parts, filled] = [1, 0];
  for (const unit of units) {
    // An escaped letter or a surrogate pair is not divided between two parts.
    if (filled + unit > joined) [parts, filled] = [parts + 1, 0];
    filled += unit;
  }
  return { used, room: parts * joined, parts };
}

export const messages = {
  name: "messages",
  view: find("[data-view=messages]"),
  thread: find(".thread"),
  draft: find(".compose textarea"),
  after: 0,
  unread: 0,
  seen: new Set(),
  stop: new AbortController(),

  keys() {
    if (box.modem === "real") return [null, goBack()];
    const empty = this.draft.value.trim() === "";
    return [{ label: say("send"), off: empty, run: () => this.send() }, empty ? goBack() : { label: say("clear"), run: () => this.type(null) }];
  },

  enter() {
    this.unread = 0;
    this.thread.scrollTop = this.thread.scrollHeight;
    if (hasKeyboard.matches && box.modem !== "real") this.draft.focus({ preventScroll: true });
  },

  press(key) {
    this.type(key);
  },

  green() {
    this.send();
  },

  move(step) {
    this.thread.scrollBy({ top: step * 60, behavior: "smooth" });
  },

  /** Adds to what is being written; null takes the last letter away. */
  type(text) {
    const letters = [...this.draft.value];
    this.draft.value = text === null ? letters.slice(0, -1).join("") : this.draft.value + text;
    this.count();
  },

  compose(text) {
    open("messages");
    this.draft.value = text;
    this.count();
  },

  count() {
    const { used, room, parts } = cost(this.draft.value);
    find(".counter").textContent = `${used}/${room} · ${parts === 1 ? say("onePart") : say("parts", parts)}`;
    find(".send").disabled = this.draft.value.trim() === "";
    drawKeys();
  },

  send(text = this.draft.value) {
    if (text.trim() === "" || box.modem === "real") return;
    if (text === this.draft.value) this.draft.value = "";
    this.count();
    const bubble = this.bubble({ from: "me", text });
    this.deliver(bubble, text);
  },

  async deliver(bubble, text) {
    const note = find(".note", bubble);
    bubble.dataset.state = "sending";
    note.textContent = say("sending");
    try {
      const body = JSON.stringify({ phone: box.phone, text });
      const { id } = await ask("send", { method: "POST", headers: { "content-type": "application/json" }, body });
      // The long poll may have brought it already, under its number.
      if (this.seen.has(id) && bubble.dataset.id !== String(id)) return bubble.remove();
      this.seen.add(id);
      bubble.dataset.id = id;
      delete bubble.dataset.state;
      this.note(bubble, { time: now(), parts: cost(text).parts });
    } catch (error) {
      bubble.dataset.state = "failed";
      note.textContent = say("notSent", error instanceof Refused ? error.message : say("silent"));
      note.append(" ", button("", say("again"), () => this.deliver(bubble, text)));
      this.reveal(bubble);
    }
  },

  bubble(item) {
    find(".empty", this.thread)?.remove();
    const bubble = made("div", item.kind === "push" ? "push" : item.from === "me" ? "me" : "them");
    const from = { me: say("me"), box: say("box") }[item.from] ?? item.from;
    bubble.dataset.test = "message";
    bubble.append(made("span", from === item.from ? "who" : "unseen", `${from}:`));
    if (item.kind === "push") bubble.append(made("b", "who", say("push")));
    bubble.append(linked(item.text ?? ""));
    if (item.url && addressOf(item.url, location.href)) {
      bubble.append(button("open", say("openIt"), () => apps.browser.browse(item.url)));
    }
    bubble.append(made("span", "note"));
    this.note(bubble, item);
    this.thread.append(bubble);
    while (this.thread.children.length > MESSAGES_MAX) this.thread.firstChild.remove();
    this.reveal(bubble);
    return bubble;
  },

  /** Scrolls the thread, never the page around it. A text longer than the screen is read from its beginning. */
  reveal(bubble) {
    const isLong = bubble.offsetHeight > this.thread.clientHeight;
    this.thread.scrollTop = isLong ? bubble.offsetTop - this.thread.offsetTop : this.thread.scrollHeight;
  },

  note(bubble, { time, parts }) {
    const at = time ? clock(new Date(time)) : "";
    find(".note", bubble).textContent = [at, parts > 1 ? say("parts", parts) : ""].filter(Boolean).join(" · ");
  },

  take(items, isOld) {
    for (const item of items.filter(({ id }) => !this.seen.has(id))) {
      this.seen.add(item.id);
      const waiting = item.from === "me" && [...this.thread.children]
        .find((one) => one.dataset.state === "sending" && find(".text", one).textContent === item.text);
      const bubble = waiting || this.bubble(item);
      bubble.dataset.id = item.id;
      if (waiting) this.note(bubble, item);
      if (!isOld && item.from !== "me" && screen.dataset.app !== this.name) this.unread++;
    }
    drawKeys();
  },

  /** Another visitor, or the same one after the box was away and may have forgotten everything. */
  restart() {
    this.stop.abort();
    this.stop = new AbortController();
    this.draft.value = "";
    this.empty();
    this.listen(this.stop.signal);
  },

  empty() {
    this.after = this.unread = 0;
    this.seen.clear();
    this.thread.replaceChildren(made("p", "empty", say("noMessages")));
    this.thread.firstChild.dataset.word = "noMessages";
  },

  async listen(signal) {
    let waitS = 1;
    while (!signal.aborted) {
      try {
        const began = performance.now();
        const path = `messages?phone=${encodeURIComponent(box.phone)}&after=${this.after}`;
        const { items, next } = await ask(path, { signal }, POLL_TIMEOUT_MS);
        if (signal.aborted) return;
        isBack();
        const unsent = [...this.thread.querySelectorAll("[data-state]")];
        if (waitS > 1) this.empty();
        this.take(items, this.after === 0);
        if (waitS > 1) this.thread.append(...unsent);
        waitS = 1;
        this.after = next;
        // Were the box to answer "nothing" at once, this page must not ask in a circle.
        if (items.length === 0 && performance.now() - began < 1000) await pause(1, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.after = 0;
        await away(waitS, error, signal);
        waitS = Math.min(waitS * 2, BACK_OFF_MAX_S);
      }
    }
  },
};

/** A text with the addresses in it as links. */
function linked(text) {
  const paragraph = made("p", "text");
  let end = 0;
  for (const { 0: address, index } of text.matchAll(ADDRESS_IN_TEXT)) {
    paragraph.append(text.slice(end, index), link(address, () => apps.browser.browse(address)));
    end = index + address.length;
  }
  paragraph.append(text.slice(end));
  return paragraph;
}

apps.messages = messages;
