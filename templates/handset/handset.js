//! The handset page: a phone drawn on the screen that texts the box's simulated modem and opens the box's WAP pages.
//!
//! Not here: how a WML deck is shown (`wml.js`), and any WAP gateway: decks come over HTTP as text, from this box only.
//! The words stand in the table first; then the phone with its keys, its two applications, and the notes beside it.

import { addressOf, parseDeck, Viewer, WmlError } from "./wml.js";

/** Each sentence in Chinese and English; `{}` stands for a value. */
const WORDS = {
  title: ["驿站手机演示", "Yizhan on a phone"], box: ["驿站", "Yizhan"],
  lead: ["一部 2003 年的手机:给驿站发短信,打开企业的 WAP 网站。", "A phone of 2003: text the box with it, open the companies' WAP sites."],
  thisIsAPhone: ["手机", "Phone"], keys: ["手机按键", "Phone keys"], notes: ["试用说明", "What to try"], language: ["语言", "Language"],
  messages: ["短信", "Messages"], browser: ["WAP 上网", "WAP browser"], options: ["选项", "Options"], back: ["返回", "Back"],
  send: ["发送", "Send"], clear: ["清除", "Clear"], select: ["选择", "Select"], cancel: ["取消", "Cancel"], hangUp: ["挂断", "Hang up"],
  write: ["写短信", "Text message"], writeHint: ["写短信,先写几个字才能发送", "Write something, then send"],
  thread: ["与驿站的短信", "Texts with the box"], parts: ["{}条", "{} texts"], onePart: ["1条", "1 text"],
  me: ["我", "Me"], sending: ["发送中…", "Sending…"], notSent: ["没有发出:{}", "Not sent: {}"], again: ["重发", "Send again"], noMessages: ["还没有短信。发一句“你好”试试。", "No texts yet. Try “你好” (hello)."],
  push: ["WAP 推送", "WAP push"], openIt: ["打开", "Open"], newMessages: ["{} 条新短信", "New texts: {}"],
  unreachable: ["连不上驿站,{} 秒后再试", "The box does not answer; next try in {} s"], retry: ["现在重试", "Try now"],
  realModem: ["这个驿站接的是真的调制解调器。请用您自己的手机发短信到 {}。", "This box has a real modem. Text {} with your own phone."],
  address: ["地址", "Address"], home: ["首页", "Home"], reload: ["刷新", "Reload"], loading: ["正在打开", "Opening"], wapPage: ["WAP 页面", "WAP page"],
  silent: ["驿站没有回答", "the box did not answer"], noAnswer: ["连不上这个页面", "The page does not answer"], noAnswerHint: ["驿站没有回答。检查一下它是否开着,再试一次。", "The box did not answer. See that it runs, then try again."],
  httpError: ["驿站回答 {}", "The box answered {}"], httpErrorHint: ["没有这个页面,或它暂时打不开。", "There is no such page, or it cannot be opened now."],
  notWml: ["这不是 WAP 页面", "Not a WAP page"], notWmlHint: ["收到的是 {},这部手机只认 WML。", "It is {}; this phone reads WML only."],
  broken: ["页面有错", "The page is faulty"], brokenHint: ["WML 第 {} 行:{}", "WML, line {}: {}"],
  badAddress: ["这个地址看不懂", "This address cannot be read"],
  outside: ["站外地址", "An address elsewhere"], outsideHint: ["这部演示手机只打开这个驿站的页面,不去外面取。", "This phone opens pages of this box only and fetches nothing from outside."],
  calling: ["正在呼叫…(演示,不会真的拨出)", "Calling… (a demo: nothing is dialled)"], fillIn: ["请先填写这一项", "Please fill this in first"],
  accept: ["确定", "OK"], help: ["帮助", "Help"], reset: ["重填", "Reset"], delete: ["删除", "Delete"],
  tryIt: ["发条短信", "Send a text"], hello: ["打个招呼", "say hello"], goUp: ["返回上一级", "back one level"], toPortal: ["回门户", "to the portal"], helpMe: ["帮助", "help"], more: ["下一页", "next page"],
  companies: ["企业代码", "Company codes"], companiesHint: ["发代码,就进企业的短信网站。", "Text the code and the company's SMS site opens."], wapHome: ["打开 WAP 首页", "Open the WAP front page"],
  whoseTurn: ["谁在用这部手机", "Who holds the phone"], whoseTurnHint: ["换一个号码,就是另一位访客。", "Another number is another visitor."], visitor: ["访客 {}", "Visitor {}"],
  otherPhone: ["别的号码", "Another number"], switch: ["换上", "Use it"], wrongPhone: ["请写 8 到 15 位数字的号码", "Write a number of 8 to 15 digits"],
  typing: ["用电脑键盘", "On your keyboard"], typingDigits: ["手机上的同一个键", "the same key of the phone"], typingEnter: ["发送,或选中", "send, or select"], typingArrows: ["上下移动", "move up and down"], typingEscape: ["挂机键,回待机", "the red key, to the start"],
  keyLeft: ["左软键", "Left soft key"], keyRight: ["右软键", "Right soft key"], keyGreen: ["绿键,发送", "Green key, send"], keyRed: ["红键,回待机", "Red key, to the start"],
  keyUp: ["向上", "Up"], keyDown: ["向下", "Down"], keyPageUp: ["上一屏", "Page up"], keyPageDown: ["下一屏", "Page down"], keyOk: ["中键,选中", "Middle key, select"],
};

/** 3GPP TS 23.038, 6.2.1: the default alphabet without its escape, and what is written as escape and a second septet. */
const GSM7 = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const GSM7_EXTENSION = "\f^{}\\[~]|€";
/** Lists and threads end somewhere: a phone of 2003 kept about as many texts, and fewer pages. */
const MESSAGES_MAX = 200;
const HISTORY_MAX = 30;
/** The box holds a long poll for 25 s; a page that takes as long as 20 s will not come. */
const POLL_TIMEOUT_MS = 40_000;
const PAGE_TIMEOUT_MS = 20_000;
const BACK_OFF_MAX_S = 30;
/** What the arrows stop at on a card. */
const STOPS = "a, button, input, select";
const ADDRESS_IN_TEXT = /https?:\/\/[!-~]*[\w/=#-]/gi;

const find = (selector, from = document) => from.querySelector(selector);
const query = new URLSearchParams(location.search);
const screen = find(".screen");
/** A touch screen would cover the phone with its own keyboard when a field gets the focus by itself. */
const hasKeyboard = matchMedia("(pointer: fine)");
let language = "zh";
let box = { number: "", modem: "simulated", phone: "", sites: [] };

const say = (word, ...values) => WORDS[word][language === "en" ? 1 : 0].replaceAll("{}", () => values.shift() ?? "");

function made(name, className = "", text = "") {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

function button(className, text, run) {
  const element = made("button", className, text);
  element.type = "button";
  element.addEventListener("click", run);
  return element;
}

function link(text, run) {
  const element = made("a", "", text);
  element.href = "#";
  element.addEventListener("click", (event) => (event.preventDefault(), run()));
  return element;
}

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

// ---- The box ----

class Refused extends Error {}

async function ask(path, options = {}, timeoutMs = PAGE_TIMEOUT_MS) {
  const limit = AbortSignal.timeout(timeoutMs);
  const answer = await fetch(`/handset/${path}`, { ...options, signal: options.signal ? AbortSignal.any([options.signal, limit]) : limit });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(said.error?.message ?? say("httpError", answer.status));
  return said;
}

/** The path on this box that an address means, or null if it lies elsewhere. `<slug>.<domain>` is also `/s/<slug>/`. */
function pathHere(address) {
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

// ---- Messages ----

const messages = {
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
      this.note(bubble, { time: new Date().toISOString(), parts: cost(text).parts });
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
      bubble.append(button("open", say("openIt"), () => browse(item.url)));
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
    const at = time ? new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(time)) : "";
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
    paragraph.append(text.slice(end, index), link(address, () => browse(address)));
    end = index + address.length;
  }
  paragraph.append(text.slice(end));
  return paragraph;
}

// ---- The WAP browser ----

const browser = {
  name: "browser",
  view: find("[data-view=browser]"),
  card: find(".card"),
  bar: find(".address input"),
  /** `{url, deck, card}`, the newest last: going back shows the deck that was there, as phones did. */
  history: [],
  fetching: null,
  /** A fault is on the screen, above the newest page of the history. */
  failed: false,

  keys() {
    if (this.fetching) return [null, { label: say("cancel"), run: () => this.cancel() }];
    const back = this.viewer.actions.find(({ type }) => type === "prev");
    const others = this.viewer.actions.filter((action) => action !== back);
    const menu = { label: say("options"), run: () => choose(others) };
    const select = this.card.querySelector(STOPS) ? { label: say("select"), run: () => this.ok() } : null;
    const left = others.length > 1 ? menu : others[0] ?? select;
    return [left, back ?? (this.history.length > (this.failed ? 0 : 1) ? { label: say("back"), run: () => this.back() } : goBack())];
  },

  enter() {
    if (this.history.length === 0 && !this.fetching) this.go({ href: box.home ?? "/?v=wml" });
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
    if (text) return messages.compose(new URLSearchParams(text[1] ?? "").get("body") ?? "");
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
    if (deck) this.visit({ url: deck.url, deck: deck.deck, card: decodeURIComponent(address.hash.slice(1)) }, assigned);
  },

  async fetch(path, body, reload) {
    this.fetching?.abort();
    const stop = (this.fetching = new AbortController());
    const again = { href: path, method: body ? "POST" : "GET", fields: body ? [...body] : [], reload };
    this.bar.value = shown(new URL(path, location.origin).href);
    this.loading(true);
    try {
      const answer = await fetch(path, {
        method: again.method, body, cache: reload ? "no-cache" : "default",
        headers: { Accept: "text/vnd.wap.wml", "Accept-Language": language === "en" ? "en" : "zh-CN" },
        signal: AbortSignal.any([stop.signal, AbortSignal.timeout(PAGE_TIMEOUT_MS)]),
      });
      const kind = (answer.headers.get("content-type") ?? "?").split(";")[0];
      if (kind === "text/vnd.wap.wml") return { url: answer.url, deck: parseDeck(await answer.text()) };
      if (!answer.ok) this.fail(say("httpError", answer.status), say("httpErrorHint"), again);
      else this.fail(say("notWml"), say("notWmlHint", kind));
    } catch (error) {
      if (error instanceof WmlError) this.fail(say("broken"), say("brokenHint", error.line, error.message), again);
      else if (!stop.signal.aborted) this.fail(say("noAnswer"), say("noAnswerHint"), again);
    } finally {
      if (this.fetching === stop) this.loading(false);
    }
    return null;
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
    this.viewer.stop();
    this.viewer.variables.clear();
    this.viewer.actions = [];
    this.card.replaceChildren();
    find(".card-title").textContent = "";
  },

  reload() {
    const now = this.history.at(-1);
    this.history.pop();
    this.go({ href: now?.url ?? "/?v=wml", reload: true });
  },

  draw(entry, how) {
    this.failed = false;
    this.bar.value = shown(entry.url);
    this.viewer.show(entry.deck, entry.url, entry.card, how);
    if (screen.dataset.app === this.name && !document.activeElement?.closest(".notes, .keys")) this.card.focus({ preventScroll: true });
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
  label: (type) => (type in WORDS ? say(type) : say("options")),
  changed: () => {
    find(".card-title").textContent = browser.viewer.title;
    drawKeys();
  },
});

const shown = (url) => url.replace(/^https?:\/\//, "");

function browse(href) {
  open("browser");
  browser.go({ href });
}

// ---- The phone itself ----

const idle = {
  name: "idle", view: find("[data-view=idle]"), enter() {}, green: () => open("messages"),
  keys: () => [{ label: say("messages"), run: () => open("messages") }, { label: say("browser"), run: () => open("browser") }],
  press(key) {
    open("messages");
    messages.type(key);
  },
  move: (step) => find(`.apps button:${step < 0 ? "first" : "last"}-child`).focus(),
};

const call = {
  name: "call", view: find("[data-view=call]"), enter() {}, press() {}, move() {}, green() {},
  keys: () => [null, { ...goBack(), label: say("hangUp") }],
};

const menu = {
  name: "menu", view: find("[data-view=menu]"), green: () => document.activeElement.click(),
  enter() {
    find("button", this.view)?.focus();
  },
  keys: () => [{ label: say("select"), run: () => document.activeElement.click() }, goBack()],
  press(key) {
    this.view.querySelectorAll("ol button")[Number(key) - 1]?.click();
  },
  move(step) {
    const stops = [...this.view.querySelectorAll("ol button")];
    stops.at((stops.indexOf(document.activeElement) + step) % stops.length).focus();
  },
};

const apps = { idle, messages, browser, call, menu };
const app = () => apps[screen.dataset.app];
/** Where "back" leads from here: the applications that were open, the oldest first. */
let below = [];

function open(name) {
  const at = screen.dataset.app;
  if (name !== at) below = name === "idle" ? [] : [...below.filter((one) => one !== name && one !== at), at];
  if (["call", "menu"].includes(name) === false) below = below.filter((one) => one !== "call" && one !== "menu");
  screen.dataset.app = name;
  for (const one of Object.values(apps)) one.view.hidden = one.name !== name;
  app().enter();
  drawKeys();
}

const goBack = () => ({
  label: say("back"),
  run: () => {
    const name = below.pop() ?? "idle";
    const rest = below;
    open(name);
    below = rest;
  },
});

function dial(number) {
  find(".call .number").textContent = number;
  open("call");
}

function choose(actions) {
  const list = actions.map(({ label, run }, at) => {
    const line = made("li");
    line.append(button("", `${at + 1} ${label}`, () => {
      open("browser");
      run();
    }));
    return line;
  });
  find(".menu ol").replaceChildren(...list);
  open("menu");
}

function press(key) {
  const [left, right] = app().keys();
  const soft = { left, right }[key];
  const page = { "page-up": -1, "page-down": 1 }[key];
  const scroller = find(".thread, .card", app().view);
  if (key === "left" || key === "right") return soft && !soft.off && soft.run();
  if (key === "up" || key === "down") return app().move(key === "up" ? -1 : 1);
  if (page) return scroller?.scrollBy({ top: page * scroller.clientHeight * 0.8, behavior: "smooth" });
  if (key === "red") return open("idle");
  if (key === "green") return app().green();
  if (key === "ok") return left && !left.off && (app().ok ? app().ok() : left.run());
  const field = document.activeElement;
  if (!field.matches(".card input")) return app().press(key);
  field.setRangeText(key, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input"));
}

/** A key of the real keyboard, unless the thing that has the focus wants it itself. */
function typed(event) {
  const target = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape") return press("red");
  if (target.matches("input, textarea, select") || target.closest(".notes")) return;
  if (event.key === "Enter" && !target.matches("a, button")) return press("ok");
  const key = { ArrowUp: "up", ArrowDown: "down", Backspace: "right", PageUp: "page-up", PageDown: "page-down" }[event.key];
  const isDigit = /^[0-9*#]$/.test(event.key);
  if (!key && !isDigit) {
    // Any other letter begins a text.
    if (event.key.length === 1 && event.key !== " " && app() === messages) messages.draft.focus();
    return;
  }
  event.preventDefault();
  const drawn = find(`.keys [data-key="${CSS.escape(key ?? event.key)}"]`);
  drawn?.classList.add("down");
  setTimeout(() => drawn?.classList.remove("down"), 150);
  press(key ?? event.key);
}

function drawKeys() {
  const soft = app().keys();
  for (const [at, side] of ["left", "right"].entries()) {
    const label = find(`.soft-labels [data-key=${side}]`);
    label.textContent = soft[at]?.label ?? "";
    label.hidden = !soft[at];
    label.disabled = !soft[at] || Boolean(soft[at].off);
    find(`.keys [data-key=${side}]`).setAttribute("aria-label", `${say(side === "left" ? "keyLeft" : "keyRight")} ${soft[at]?.label ?? ""}`);
  }
  const news = messages.unread > 0 ? say("newMessages", messages.unread) : "";
  find(".envelope").hidden = find(".idle .notice").hidden = news === "";
  find(".envelope").setAttribute("aria-label", news);
  find(".envelope b").textContent = messages.unread;
  find(".idle .notice").textContent = news;
}

function drawClock() {
  const now = new Date();
  const time = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(now);
  find(".clock").textContent = find(".big-clock").textContent = time;
  find(".idle .date").textContent = new Intl.DateTimeFormat(language, { month: "long", day: "numeric", weekday: "long" }).format(now);
}

// ---- When the box is away ----

let hurry = () => {};

function pause(seconds, signal) {
  return new Promise((done) => {
    hurry = done;
    setTimeout(done, seconds * 1000);
    signal?.addEventListener("abort", done, { once: true });
  });
}

async function away(seconds, error, signal) {
  const strip = find(".offline");
  strip.hidden = false;
  find("span", strip).textContent = error instanceof Refused ? error.message : say("unreachable", seconds);
  await pause(seconds, signal);
}

function isBack() {
  find(".offline").hidden = true;
}

// ---- The notes beside the phone, and the start ----

function drawNotes() {
  const real = box.modem === "real";
  const chip = (text, meaning) => {
    const one = real ? made("a", "chip") : button("chip", "", () => trySending(text));
    if (real) one.href = `sms:${box.number}?body=${encodeURIComponent(text)}`;
    one.dataset.text = text;
    one.append(made("b", "", text), ` ${meaning}`);
    return one;
  };
  find(".notes .chips").replaceChildren(chip("你好", say("hello")), chip("0", say("goUp")), chip("00", say("toPortal")), chip("#", say("more")), chip("?", say("helpMe")));
  find(".companies").replaceChildren(...box.sites.map(({ name, code }) => chip(code, name)));
  for (const note of document.querySelectorAll(".real")) {
    note.hidden = !real;
    note.textContent = say("realModem", box.number);
  }
  find(".compose").hidden = find(".thread").hidden = find("[data-test=phones]").hidden = real;
  find(".with").textContent = box.number;
  find(".own-number").textContent = box.phone;
  const first = Number(box.first);
  find(".phones").replaceChildren(...[0, 1, 2].map((step) => `+${first + step}`).concat(box.phone).filter((one, at, all) => all.indexOf(one) === at)
    .map((phone, at) => {
      const one = button("chip", "", () => holdAs(phone));
      one.append(made("b", "", say("visitor", at + 1)), ` ${phone}`);
      one.setAttribute("aria-pressed", phone === box.phone);
      return one;
    }));
}

function trySending(text) {
  open("messages");
  messages.send(text);
  find(".phone").scrollIntoView({ block: "nearest", behavior: "smooth" });
}

function holdAs(phone) {
  box.phone = phone;
  remember("phone", phone);
  messages.restart();
  browser.restart();
  open("idle");
  drawNotes();
  drawKeys();
}

function speak(chosen) {
  language = chosen;
  document.documentElement.lang = chosen === "en" ? "en" : "zh-CN";
  document.title = say("title");
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = say(element.dataset.word);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", say(element.dataset.label));
  for (const element of document.querySelectorAll("[data-hint]")) element.placeholder = say(element.dataset.hint);
  for (const element of document.querySelectorAll("[data-language]")) element.setAttribute("aria-pressed", element.dataset.language === chosen);
  drawNotes();
  drawClock();
  messages.count();
}

/** The address of the page keeps who is holding the phone, so that each tab can be another visitor. */
function remember(name, value) {
  query.set(name, value);
  history.replaceState(null, "", `?${query}`);
}

function connectControls() {
  document.addEventListener("keydown", typed);
  // A finger on a key must not take the focus from what it works on.
  find(".keys").addEventListener("pointerdown", (event) => event.preventDefault());
  for (const key of document.querySelectorAll("[data-key]")) key.addEventListener("click", () => press(key.dataset.key));
  for (const one of document.querySelectorAll("[data-open]")) one.addEventListener("click", () => open(one.dataset.open));
  for (const one of [find(".envelope"), find(".idle .notice")]) one.addEventListener("click", () => open("messages"));
  for (const one of document.querySelectorAll("[data-language]")) {
    one.addEventListener("click", () => (remember("lang", one.dataset.language), speak(one.dataset.language)));
  }
  find(".offline button").addEventListener("click", () => hurry());
  find("[data-do=home]").addEventListener("click", () => browser.go({ href: box.home ?? "/?v=wml" }));
  find("[data-do=reload]").addEventListener("click", () => browser.reload());
  find("[data-do=wap]").addEventListener("click", () => browse(box.home ?? "/?v=wml"));
  messages.draft.addEventListener("input", () => messages.count());
  messages.draft.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    messages.send();
  });
  for (const [form, run] of [[".compose", () => messages.send()], [".address", goToTyped], [".other-phone", switchPhone]]) {
    find(form).addEventListener("submit", (event) => (event.preventDefault(), run()));
  }
}

function goToTyped() {
  const typedAddress = browser.bar.value.trim();
  if (typedAddress) browser.go({ href: /^(\/|[a-z]+:(?!\d))/i.test(typedAddress) ? typedAddress : `http://${typedAddress}` });
}

function switchPhone() {
  const digits = find("#other-phone").value.replace(/[\s()-]/g, "");
  const isWrong = !/^\+?\d{8,15}$/.test(digits);
  find("#other-phone-wrong").textContent = isWrong ? say("wrongPhone") : "";
  if (!isWrong) holdAs(/^1\d{10}$/.test(digits) ? `+86${digits}` : digits);
}

async function start() {
  connectControls();
  speak(query.get("lang") ?? (navigator.language.startsWith("zh") ? "zh" : "en"));
  setInterval(drawClock, 10_000);
  for (let waitS = 1; ; waitS = Math.min(waitS * 2, BACK_OFF_MAX_S)) {
    try {
      box = { ...box, ...(await ask("state")) };
      break;
    } catch (error) {
      await away(waitS, error);
    }
  }
  isBack();
  box.first = box.phone;
  box.phone = query.get("phone") ?? box.phone;
  speak(query.get("lang") ?? box.lang ?? language);
  if (box.modem !== "real") messages.restart();
  if (query.has("open")) browse(query.get("open"));
  screen.dataset.ready = "";
}

start();
