// Small helpers to build elements. Text always arrives as text, never as markup.

// make('div', {class: 'x', testid: 'y', onclick: f}, child, 'text', ...)
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'testid')
      element.dataset.testid = value;
    else if (name.startsWith('on'))
      element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== 'string')
      element[name] = value;
    else
      element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

// Shows `items` in `parent` in order. Nodes whose key and state are as before stay the same nodes,
// so that a button under the mouse is not replaced while it is being clicked.
export function reconcile(parent, items, build) {
  const before = parent.shown || new Map();
  const now = new Map();
  let place = parent.firstChild;
  for (const item of items) {
    const had = before.get(item.key);
    const node = had && had.state === item.state ? had.node : build(item);
    now.set(item.key, {state: item.state, node});
    if (node !== place)
      parent.insertBefore(node, place);
    else
      place = place.nextSibling;
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
  parent.shown = now;
}

export function clock(milliseconds) {
  return new Date(milliseconds)
      .toLocaleTimeString([], {hour: '2-digit', minute: '2-digit', hour12: false});
}

export function day(milliseconds) {
  const date = new Date(milliseconds);
  if (date.toDateString() === new Date().toDateString()) return 'Today';
  return date.toLocaleDateString([], {weekday: 'long', day: 'numeric', month: 'long'});
}
