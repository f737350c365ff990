//! Elements of the page: found, and made.

export const find = (selector, from = document) => from.querySelector(selector);

export function made(name, className = "", text = "") {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

export function button(className, text, run) {
  const element = made("button", className, text);
  element.type = "button";
  element.addEventListener("click", run);
  return element;
}

export function link(text, run) {
  const element = made("a", "", text);
  element.href = "#";
  element.addEventListener("click", (event) => (event.preventDefault(), run()));
  return element;
}
