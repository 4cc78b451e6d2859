// DOM building in two functions; nothing here ever parses HTML.

const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "selected", "srcObject"]);

/** Return an element; `tag` may carry classes ("div.cell.big"), `on...` functions become listeners. */
export function h(tag, props, ...children) {
  const [name, ...classes] = tag.split(".");
  return furnish(document.createElement(name), classes, props, children);
}

/** Return an SVG element, made as `h` does. */
export function s(tag, props, ...children) {
  return furnish(document.createElementNS(SVG, tag), [], props, children);
}

/** Put `children` in the place of whatever `parent` holds. */
export function fill(parent, ...children) {
  parent.replaceChildren(...nodes(children));
  return parent;
}

function furnish(element, classes, props, children) {
  if (classes.length) element.classList.add(...classes);
  element.append(...nodes(children));
  // After the children: a select takes its value only once its options are there.
  for (const [name, value] of Object.entries(props || {})) put(element, name, value);
  return element;
}

function put(element, name, value) {
  if (value === null || value === undefined) return;
  if (typeof value === "function") element.addEventListener(name.slice(2), value);
  else if (name === "class") element.classList.add(...value.split(" ").filter(Boolean));
  else if (PROPERTIES.has(name)) element[name] = value;
  else if (value !== false) element.setAttribute(name, value === true ? "" : value);
}

function nodes(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}
