//! The phone itself: its screen, its keys, and the small things on it: standby, a call, a menu.
//!
//! Not here: its two applications (`messages.js`, `browser.js`); they add themselves to `apps`.

import { now } from "./box.js";
import { button, find, made } from "./made.js";
import { clock, language, say } from "./words.js";

export const screen = find(".screen");

const idle = {
  name: "idle", view: find("[data-view=idle]"), enter() {}, green: () => open("messages"),
  keys: () => [{ label: say("messages"), run: () => open("messages") }, { label: say("browser"), run: () => open("browser") }],
  press(key) {
    open("messages");
    apps.messages.type(key);
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

/** What can be on the screen. Each has `name`, `view`, `keys()`, `enter()`, `press(key)`, `move(step)` and `green()`. */
export const apps = { idle, call, menu };
const app = () => apps[screen.dataset.app];
/** Where "back" leads from here: the applications that were open, the oldest first. */
let below = [];

export function open(name) {
  const at = screen.dataset.app;
  if (name !== at) below = name === "idle" ? [] : [...below.filter((one) => one !== name && one !== at), at];
  if (["call", "menu"].includes(name) === false) below = below.filter((one) => one !== "call" && one !== "menu");
  screen.dataset.app = name;
  for (const one of Object.values(apps)) one.view.hidden = one.name !== name;
  app().enter();
  drawKeys();
}

export const goBack = () => ({
  label: say("back"),
  run: () => {
    const name = below.pop() ?? "idle";
    const rest = below;
    open(name);
    below = rest;
  },
});

export function dial(number) {
  find(".call .number").textContent = number;
  open("call");
}

export function choose(actions) {
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

export function press(key) {
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
export function typed(event) {
  const target = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape") return press("red");
  if (target.matches("input, textarea, select") || target.closest(".notes")) return;
  if (event.key === "Enter" && !target.matches("a, button")) return press("ok");
  const key = { ArrowUp: "up", ArrowDown: "down", Backspace: "right", PageUp: "page-up", PageDown: "page-down" }[event.key];
  const isDigit = /^[0-9*#]$/.test(event.key);
  if (!key && !isDigit) {
    // Any other letter begins a text.
    if (event.key.length === 1 && event.key !== " " && app() === apps.messages) apps.messages.draft.focus();
    return;
  }
  event.preventDefault();
  const drawn = find(`.keys [data-key="${CSS.escape(key ?? event.key)}"]`);
  drawn?.classList.add("down");
  setTimeout(() => drawn?.classList.remove("down"), 150);
  press(key ?? event.key);
}

export function drawKeys() {
  const soft = app().keys();
  for (const [at, side] of ["left", "right"].entries()) {
    const label = find(`.soft-labels [data-key=${side}]`);
    label.textContent = soft[at]?.label ?? "";
    label.hidden = !soft[at];
    label.disabled = !soft[at] || Boolean(soft[at].off);
    find(`.keys [data-key=${side}]`).setAttribute("aria-label", `${say(side === "left" ? "keyLeft" : "keyRight")} ${soft[at]?.label ?? ""}`);
  }
  const news = apps.messages.unread > 0 ? say("newMessages", apps.messages.unread) : "";
  find(".envelope").hidden = find(".idle .notice").hidden = news === "";
  find(".envelope").setAttribute("aria-label", news);
  find(".envelope b").textContent = apps.messages.unread;
  find(".idle .notice").textContent = news;
}

export function drawClock() {
  const date = new Intl.DateTimeFormat(language, { month: "long", day: "numeric", weekday: "long" }).format(now());
  find(".clock").textContent = find(".big-clock").textContent = clock(now());
  find(".idle .date").textContent = date;
  find(".now").textContent = `${date} ${clock(now())}`;
}
