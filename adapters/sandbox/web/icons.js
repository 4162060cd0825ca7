// The emoji that approvals live by, and the page's own signs, drawn: they look the same where no
// emoji font is installed.
const kThumb =
    'M7 10h3.2L13.4 3.6c.3-.5.8-.8 1.4-.7 1 .2 1.7 1.1 1.6 2.1L16 8.6h3.6c1.3 0 2.2 1.2 1.9 2.4l-1.7 7.2c-.3 1.1-1.2 1.8-2.3 1.8H10.4L7 18.4z';

const kDrawn = {
  white_check_mark: [['rect', {x: 2, y: 2, width: 20, height: 20, rx: 5, fill: '#2e9e5b'}],
    ['path', {d: 'M7 12.5l3.5 3.5L17 8.5', fill: 'none', stroke: '#fff', 'stroke-width': 3, 'stroke-linecap': 'round', 'stroke-linejoin': 'round'}]],
  x: [['path', {d: 'M5 5l14 14M19 5L5 19', fill: 'none', stroke: '#d9383b', 'stroke-width': 4.4, 'stroke-linecap': 'round'}]],
  '+1': [['path', {d: kThumb, fill: '#f5b83d'}], ['rect', {x: 2, y: 10, width: 4, height: 10, rx: 1.3, fill: '#d9962a'}]],
  '-1': [['g', {transform: 'rotate(180 12 12)'}, [['path', {d: kThumb, fill: '#f5b83d'}], ['rect', {x: 2, y: 10, width: 4, height: 10, rx: 1.3, fill: '#d9962a'}]]]],
  eyes: [['ellipse', {cx: 7, cy: 12, rx: 4.7, ry: 6.7, fill: '#fff', stroke: '#6b7688', 'stroke-width': 1.4}], ['circle', {cx: 5.5, cy: 13, r: 2.5, fill: '#27324a'}],
    ['ellipse', {cx: 17, cy: 12, rx: 4.7, ry: 6.7, fill: '#fff', stroke: '#6b7688', 'stroke-width': 1.4}], ['circle', {cx: 15.5, cy: 13, r: 2.5, fill: '#27324a'}]],
  tada: [['path', {d: 'M3 21L8.5 8l7.5 7.5z', fill: '#f5b83d'}], ['path', {d: 'M8.5 8l7.5 7.5-3 1.3L7.3 11z', fill: '#d9962a'}],
    ['circle', {cx: 13, cy: 4, r: 1.6, fill: '#d9383b'}], ['circle', {cx: 20, cy: 11.5, r: 1.6, fill: '#2e9e5b'}], ['circle', {cx: 18.5, cy: 5.5, r: 1.8, fill: '#2f6fed'}],
    ['path', {d: 'M12.5 9.5c1-2.5 3-3 3.5-5M15 12c2-.5 3-2 5.5-2.5', fill: 'none', stroke: '#7a55d6', 'stroke-width': 1.5, 'stroke-linecap': 'round'}]],
  heart: [['path', {d: 'M12 20.5S3 15 3 8.7C3 5.8 5.2 4 7.5 4 9.5 4 11.2 5.2 12 7c.8-1.8 2.5-3 4.5-3C18.8 4 21 5.8 21 8.7 21 15 12 20.5 12 20.5z', fill: '#e0435a'}]],
  warning: [['path', {d: 'M12 2.8L22.5 21h-21z', fill: '#f5b83d', stroke: '#d9962a', 'stroke-width': 1, 'stroke-linejoin': 'round'}],
    ['path', {d: 'M12 9.5v5.5M12 18v.2', stroke: '#3d2c05', 'stroke-width': 2.2, 'stroke-linecap': 'round'}]],
  question: [['path', {d: 'M7.5 8.5c0-5.5 9-5.5 9 0 0 3.5-4.5 3.5-4.5 7M12 19.8v.2', fill: 'none', stroke: '#d9383b', 'stroke-width': 3.2, 'stroke-linecap': 'round'}]],
  hourglass: [['path', {d: 'M6 3h12M6 21h12', stroke: '#8a5a2b', 'stroke-width': 2.4, 'stroke-linecap': 'round'}],
    ['path', {d: 'M7.5 4h9c0 4.5-3.5 5.5-3.5 8s3.5 3.5 3.5 8h-9c0-4.5 3.5-5.5 3.5-8s-3.5-3.5-3.5-8z', fill: '#dbeafc', stroke: '#6b7688', 'stroke-width': 1}],
    ['path', {d: 'M8.5 19.5c.5-2.5 2-3.5 3.5-4.3 1.5.8 3 1.8 3.5 4.3z', fill: '#f5b83d'}]],
  rotating_light: [['path', {d: 'M6 17v-5.5a6 6 0 0112 0V17z', fill: '#e0435a'}], ['rect', {x: 4, y: 17, width: 16, height: 4, rx: 1.5, fill: '#4d596c'}],
    ['path', {d: 'M12 1.5v2M4 4.5l1.5 1.5M20 4.5L18.5 6', stroke: '#f5b83d', 'stroke-width': 1.8, 'stroke-linecap': 'round'}]],
  fire: [['path', {d: 'M12 2c1 4 6 6 6 12a6 6 0 01-12 0c0-3 1.5-4.5 2.5-6.5.5 1.5 1 2 2 2.5C10.5 7 10.5 4.5 12 2z', fill: '#ee6c2c'}],
    ['path', {d: 'M12 12c.5 2 3 2.5 3 5a3 3 0 01-6 0c0-2 2-2.5 3-5z', fill: '#f9c74f'}]],
  lock: [['path', {d: 'M8 11V8a4 4 0 018 0v3', fill: 'none', stroke: 'currentColor', 'stroke-width': 2.2}], ['rect', {x: 5, y: 11, width: 14, height: 10, rx: 2.5, fill: 'currentColor'}]],
  reply: [['path', {d: 'M4 5h16v11H10l-4.5 4V16H4z', fill: 'none', stroke: 'currentColor', 'stroke-width': 2, 'stroke-linejoin': 'round'}]],
  trash: [['path', {d: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13', fill: 'none', stroke: 'currentColor', 'stroke-width': 2, 'stroke-linecap': 'round', 'stroke-linejoin': 'round'}]],
  pencil: [['path', {d: 'M4 20l1-4.5L16.5 4 20 7.5 8.5 19z', fill: 'none', stroke: 'currentColor', 'stroke-width': 2, 'stroke-linejoin': 'round'}]],
  smile: [['circle', {cx: 12, cy: 12, r: 8.5, fill: 'none', stroke: 'currentColor', 'stroke-width': 2}],
    ['path', {d: 'M8.5 14.5c2 2.5 5 2.5 7 0M9 9.5v.2M15 9.5v.2', fill: 'none', stroke: 'currentColor', 'stroke-width': 2, 'stroke-linecap': 'round'}]],
  send: [['path', {d: 'M4 4l17 8-17 8 3-8z', fill: 'currentColor'}]],
};

function element([tag, attributes, children = []]) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.map(element));
  return made;
}

// Null if it is none of ours.
export function icon(name) {
  if (!Object.hasOwn(kDrawn, name)) return null;
  return element(
      ['svg', {viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true'}, kDrawn[name]]);
}
