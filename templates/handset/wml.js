//! WML decks shown as HTML: cards, variables, tasks, events, forms and timers (WAP-191-WML 1.3; 1.1 decks alike).
//!
//! Not here: fetching, history and addresses (the browser in `browser.js` does those through the `phone` it hands in),
//! WMLScript, `<access>`, `<meta>` and input masks. What a deck says enters the page only as text nodes and values.

import { addressOf, substitute } from "./deck.js";
import { made, link as tappable } from "./made.js";

/** Emphasis, 11.8.1, and the HTML element that looks like it. */
const EMPHASIS = { b: "b", strong: "strong", em: "em", i: "i", u: "u", big: "span", small: "small" };
const ALIGN = { L: "left", C: "center", R: "right" };
/** Pictures are made for a screen of 176 columns, the colour phones of 2003, and drawn as large as ours is beside it. */
const COLUMNS = 176;
/** Cards that send on without a person's act; the limit stops two cards that send to each other. */
const HOPS_MAX = 10;

/**
 * One card on the screen. `phone` offers `go({href, method, fields, assigned, reload})`, `back(assigned)`, `forget()`
 * (newcontext), `changed()` (title or keys are new), `missing(element)` (a needed field is empty) and `label(type)`.
 */
export class Viewer {
  variables = new Map();
  title = "";
  /** What the soft keys offer: `{type, label, run}`. */
  actions = [];
  #root; #phone; #deck; #card; #base; #timer; #hops = 0;

  constructor(root, phone) {
    this.#root = root;
    this.#phone = phone;
    // Only a person's act is trusted here, so a chain of automatic cards starts to count anew.
    for (const kind of ["click", "keydown"]) root.addEventListener(kind, () => (this.#hops = 0));
  }

  /** Enters the card `name`, or the first one if the deck has no such card. Order of steps: 9.5.1. */
  show(deck, base, name, { backward = false, assigned = [] } = {}) {
    const cards = [...deck.querySelectorAll(":scope > card")];
    this.stop();
    [this.#deck, this.#base, this.#card] = [deck, base, cards.find((card) => card.id === name) ?? cards[0]];
    this.#assign(assigned);
    if (!backward && this.#card.getAttribute("newcontext") === "true") {
      this.variables.clear();
      this.#phone.forget();
    }
    const event = this.#event(this.#card, backward ? "onenterbackward" : "onenterforward");
    if (event && this.#hops++ < HOPS_MAX) this.#run(event);
    else this.#draw();
  }

  /** Leaves the card: its timer must not fire over another screen. */
  stop() {
    clearTimeout(this.#timer);
  }

  /** A key of the phone. Returns whether the card has something under it (accesskey, 11.9). */
  press(key) {
    const target = this.#root.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!target) return false;
    target.focus();
    if (target.matches("a, button")) target.click();
    return true;
  }

  #text(raw, isAddress = false) {
    return substitute(raw ?? "", this.variables, isAddress);
  }

  #assign(pairs) {
    for (const [name, value] of pairs) this.variables.set(name, value);
  }

  // ---- Tasks (9.5) and events (9.9) ----

  #run(task) {
    const assigned = [...task.querySelectorAll(":scope > setvar")].map((set) => this.#pair(set));
    if (task.localName === "go") this.#go(task, assigned);
    if (task.localName === "prev") this.#phone.back(assigned);
    if (task.localName === "refresh") {
      this.#assign(assigned);
      this.#draw();
    }
  }

  #go(task, assigned) {
    const empty = [...this.#root.querySelectorAll("[data-need]")]
      .find((field) => !field.value && new RegExp(`\\$\\(?${field.name}\\b`).test(task.outerHTML));
    if (empty) {
      empty.focus();
      this.#phone.missing(empty);
      return;
    }
    this.#phone.go({
      href: this.#text(task.getAttribute("href"), true),
      method: task.getAttribute("method") === "post" ? "POST" : "GET",
      fields: [...task.querySelectorAll(":scope > postfield")].map((field) => this.#pair(field)),
      reload: task.getAttribute("cache-control") === "no-cache",
      assigned,
    });
  }

  #pair(element) {
    return [this.#text(element.getAttribute("name")), this.#text(element.getAttribute("value"))];
  }

  /** The task bound to an event on an element, or on the deck's template (9.8: a card's own binding shadows it). */
  #event(element, type) {
    for (const owner of [element, this.#deck.querySelector("wml > template")]) {
      const bound = owner?.querySelector(`:scope > onevent[type="${type}"]`)?.firstElementChild;
      if (bound) return bound;
      if (owner?.hasAttribute(type)) return this.#goTo(owner.getAttribute(type));
    }
    return null;
  }

  #goTo(href) {
    const go = this.#deck.ownerDocument.createElement("go");
    go.setAttribute("href", href);
    return go;
  }

  #actionsOfCard() {
    const act = (task) => {
      this.#hops = 0;
      this.#run(task);
    };
    const nameOf = (element) => element.getAttribute("name") || element.getAttribute("type");
    const own = [...this.#card.querySelectorAll("do")];
    const names = new Set(own.map(nameOf));
    const shared = [...this.#deck.querySelectorAll("wml > template > do")].filter((one) => !names.has(nameOf(one)));
    return [...own, ...shared]
      .map((one) => ({ type: one.getAttribute("type"), label: this.#text(one.getAttribute("label")), task: one.firstElementChild }))
      .filter(({ task }) => task && task.localName !== "noop")
      .map(({ type, label, task }) => ({ type, label: label || this.#phone.label(type), run: () => act(task) }));
  }

  #startTimer() {
    const timer = this.#card.querySelector(":scope > timer");
    const event = this.#event(this.#card, "ontimer");
    if (!timer || !event) return;
    const name = timer.getAttribute("name");
    const tenths = Number(this.variables.get(name) ?? this.#text(timer.getAttribute("value")));
    if (!(tenths > 0)) return;
    this.#timer = setTimeout(() => {
      if (name) this.variables.set(name, "0");
      if (this.#hops++ < HOPS_MAX) this.#run(event);
    }, tenths * 100);
  }

  // ---- Drawing ----

  #draw() {
    this.stop();
    this.title = this.#text(this.#card.getAttribute("title"));
    const body = document.createDocumentFragment();
    this.#children(this.#card, body);
    this.#root.replaceChildren(body);
    this.#root.scrollTop = 0;
    this.actions = this.#actionsOfCard();
    this.#phone.changed();
    this.#startTimer();
  }

  #children(from, into) {
    for (const node of from.childNodes) {
      if (node.nodeType === Node.TEXT_NODE || node.nodeType === Node.CDATA_SECTION_NODE) into.append(this.#text(node.data));
      if (node.nodeType === Node.ELEMENT_NODE) this.#element(node, into);
    }
    return into;
  }

  #element(node, into) {
    const name = node.localName;
    if (name in EMPHASIS) into.append(this.#children(node, made(EMPHASIS[name], `wml-${name}`)));
    else if (name in this.#builders) into.append(this.#builders[name](node));
    else this.#children(node, into);
  }

  #builders = {
    br: () => made("br"),
    p: (node) => this.#paragraph(node),
    pre: (node) => this.#children(node, made("pre")),
    a: (node) => this.#link(node, () => this.#goTo(node.getAttribute("href"))),
    anchor: (node) => this.#link(node, () => node.querySelector(":scope > :is(go, prev, refresh)")),
    img: (node) => this.#image(node),
    input: (node) => this.#input(node),
    select: (node) => this.#select(node),
    fieldset: (node) => this.#fieldset(node),
    table: (node) => this.#table(node),
  };

  #paragraph(node) {
    const paragraph = this.#children(node, made("div", "wml-p"));
    paragraph.dataset.align = node.getAttribute("align") ?? "left";
    paragraph.classList.toggle("wml-nowrap", node.getAttribute("mode") === "nowrap");
    return paragraph;
  }

  #link(node, task) {
    const run = () => {
      const found = task();
      if (found) this.#run(found);
    };
    const link = this.#children(node, tappable("", run));
    const key = node.getAttribute("accesskey");
    link.title = this.#text(node.getAttribute("title"));
    if (key) link.dataset.key = key;
    // Many decks write the digit before the words themselves.
    link.classList.toggle("wml-key", Boolean(key) && !link.textContent.trim().startsWith(key));
    return link;
  }

  #image(node) {
    const alt = this.#text(node.getAttribute("alt"));
    const missing = made("span", "wml-missing");
    missing.textContent = `[${alt || "?"}]`;
    const address = addressOf(this.#text(node.getAttribute("src"), true), this.#base);
    if (address?.origin !== location.origin) return missing;
    const image = made("img");
    image.alt = alt;
    image.addEventListener("error", () => image.replaceWith(missing));
    image.addEventListener("load", () => {
      image.width = Math.round((image.naturalWidth * this.#root.clientWidth) / COLUMNS);
    });
    image.src = address.href;
    return image;
  }

  #fieldset(node) {
    const fieldset = made("fieldset");
    const legend = made("legend");
    legend.textContent = this.#text(node.getAttribute("title"));
    if (legend.textContent) fieldset.append(legend);
    return this.#children(node, fieldset);
  }

  #table(node) {
    const table = made("table");
    const align = this.#text(node.getAttribute("align"));
    for (const row of node.querySelectorAll(":scope > tr")) {
      const line = table.insertRow();
      for (const cell of row.querySelectorAll(":scope > td")) {
        const place = this.#children(cell, line.insertCell());
        // One letter for all columns, or one a column (11.8.6).
        place.dataset.align = ALIGN[align.length === 1 ? align : align[place.cellIndex]] ?? "left";
      }
    }
    return table;
  }

  #input(node) {
    const input = made("input");
    const name = node.getAttribute("name");
    input.name = name;
    input.type = node.getAttribute("type") === "password" ? "password" : "text";
    input.autocomplete = "off";
    input.value = this.variables.get(name) ?? this.#text(node.getAttribute("value"));
    if (Number(node.getAttribute("maxlength")) > 0) input.maxLength = Number(node.getAttribute("maxlength"));
    if (/^\*?\d*N$/.test(node.getAttribute("format") ?? "")) input.inputMode = "numeric";
    if (node.getAttribute("emptyok") === "false") input.dataset.need = "";
    if (node.hasAttribute("accesskey")) input.dataset.key = node.getAttribute("accesskey");
    input.setAttribute("aria-label", this.#labelOf(node));
    this.variables.set(name, input.value);
    input.addEventListener("input", () => this.variables.set(name, input.value));
    return input;
  }

  /** WML has no label element: what names a field is its title, or the words that stand before it. */
  #labelOf(node) {
    const title = this.#text(node.getAttribute("title"));
    let before = "";
    for (let at = node.previousSibling; at && !before.trim(); at = at.previousSibling) before = at.textContent;
    return title || this.#text(before).trim() || node.getAttribute("name") || "";
  }

  // ---- Choices (11.6.2) ----

  #select(node) {
    const options = [...node.querySelectorAll("option")];
    if (!node.hasAttribute("name") && !node.hasAttribute("iname")) return this.#menu(options);
    const chosen = this.#chosenAtFirst(node, options);
    return node.getAttribute("multiple") === "true" ? this.#many(node, options, chosen) : this.#one(node, options, chosen);
  }

  #chosenAtFirst(node, options) {
    const list = (text) => (text ?? "").split(";").filter(Boolean);
    const valid = (text) => list(text).map(Number).filter((index) => index >= 1 && index <= options.length);
    const values = options.map((option) => this.#text(option.getAttribute("value")));
    const positions = (text) => list(text).map((value) => values.indexOf(value) + 1).filter(Boolean);
    const ways = [
      valid(this.variables.get(node.getAttribute("iname"))),
      valid(this.#text(node.getAttribute("ivalue"))),
      positions(this.variables.get(node.getAttribute("name"))),
      positions(this.#text(node.getAttribute("value"))),
      node.getAttribute("multiple") === "true" ? [] : [1],
    ];
    return ways.find((way) => way.length > 0) ?? [];
  }

  #keep(node, options, chosen) {
    const values = chosen.map((index) => this.#text(options[index - 1]?.getAttribute("value")));
    if (node.hasAttribute("name")) this.variables.set(node.getAttribute("name"), values.join(";"));
    if (node.hasAttribute("iname")) this.variables.set(node.getAttribute("iname"), chosen.join(";") || "0");
  }

  #pick(option) {
    const task = option && this.#event(option, "onpick");
    if (task) this.#run(task);
  }

  #one(node, options, [first]) {
    const select = made("select");
    select.setAttribute("aria-label", this.#labelOf(node));
    for (const option of options) select.append(new Option(this.#text(option.textContent).trim()));
    select.selectedIndex = (first ?? 1) - 1;
    this.#keep(node, options, [select.selectedIndex + 1]);
    select.addEventListener("change", () => {
      this.#keep(node, options, [select.selectedIndex + 1]);
      this.#pick(options[select.selectedIndex]);
    });
    return select;
  }

  #many(node, options, chosen) {
    const group = made("div", "wml-many");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", this.#labelOf(node));
    const boxes = options.map((option, at) => {
      const [label, box] = [made("label"), made("input")];
      box.type = "checkbox";
      box.checked = chosen.includes(at + 1);
      label.append(box, this.#text(option.textContent).trim());
      group.append(label);
      return box;
    });
    const now = () => boxes.flatMap((box, at) => (box.checked ? [at + 1] : []));
    this.#keep(node, options, now());
    group.addEventListener("change", (event) => {
      this.#keep(node, options, now());
      this.#pick(options[boxes.indexOf(event.target)]);
    });
    return group;
  }

  /** Without a name nothing is kept: the options are a menu of tasks. */
  #menu(options) {
    const menu = made("div", "wml-menu");
    for (const option of options) {
      menu.append(tappable(this.#text(option.textContent).trim(), () => this.#pick(option)));
    }
    return menu;
  }
}
