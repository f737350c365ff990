//! The handset page: a phone drawn on the screen that texts the box's simulated modem and opens the box's WAP pages.
//!
//! Here: the notes beside the phone, what listens to people, and the start. Not here: the phone (`phone.js`), its texts
//! (`messages.js`) and its browser (`browser.js`).

import { ask, away, BACK_OFF_MAX_S, box, hurry, isBack, Refused, setNow, skip } from "./box.js";
import { browser } from "./browser.js";
import { button, find, made } from "./made.js";
import { messages } from "./messages.js";
import { drawClock, drawKeys, open, press, screen, typed } from "./phone.js";
import { language, say, speakIn } from "./words.js";

const query = new URLSearchParams(location.search);

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
  for (const one of [".compose", ".thread", "[data-test=phones]", "[data-test=time]"]) find(one).hidden = real;
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
  speakIn(chosen);
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
  find(".offline button").addEventListener("click", hurry);
  find("[data-do=home]").addEventListener("click", () => browser.go({ href: box.home }));
  find("[data-do=reload]").addEventListener("click", () => browser.reload());
  find("[data-do=wap]").addEventListener("click", () => browser.browse(box.home));
  for (const one of document.querySelectorAll("[data-skip]")) one.addEventListener("click", () => letPass(one.dataset.skip));
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

async function letPass(seconds) {
  let wrong = "";
  try {
    await skip(seconds);
  } catch (error) {
    wrong = error instanceof Refused ? error.message : say("silent");
  }
  find("[data-test=time-wrong]").textContent = wrong;
  drawClock();
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
      Object.assign(box, await ask("state"));
      break;
    } catch (error) {
      await away(waitS, error);
    }
  }
  isBack();
  box.first = box.phone;
  box.phone = query.get("phone") ?? box.phone;
  setNow(box.now);
  speak(query.get("lang") ?? box.lang ?? language);
  if (box.modem !== "real") messages.restart();
  if (query.has("open")) browser.browse(query.get("open"));
  screen.dataset.ready = "";
}

start();
