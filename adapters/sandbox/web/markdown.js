// The Markdown that Mattermost posts use, as DOM nodes. Nothing is ever parsed as HTML, so no text
// can become markup.
import {make} from './dom.js';
import {emoji, emojiCharacter, kCharacters} from './emoji.js';

const kFence = /^\s*(```+|~~~+)\s*([\w+-]*)\s*$/;
const kHeading = /^(#{1,6})\s+(.*)$/;
const kItem = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const kTableRule = /^\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$/;
const kRule = /^\s*([-*_])(\s*\1){2,}\s*$/;

// Inline forms in order of strength: what matches first at a place wins.
const kInline = [
  [/^`+/, code],
  [/^\[([^\]\n]+)\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/, namedLink],
  [/^<?(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]'*_~])>?/, bareLink],
  [/^\*\*(?=\S)([^\n]*?\S)\*\*/, wrap('strong')],
  [/^__(?=\S)([^\n]*?\S)__(?!\w)/, wrap('strong')],
  [/^~~(?=\S)([^\n]*?\S)~~/, wrap('del')],
  [/^\*(?=[^\s*])([^\n]*?[^\s*])\*(?!\*)/, wrap('em')],
  [/^_(?=[^\s_])([^\n]*?[^\s_])_(?!\w)/, wrap('em')],
  [/^@([a-z0-9][a-z0-9._-]*[a-z0-9]|[a-z0-9])/i, mention],
  [/^:([a-z0-9_+-]+):/, (match) => emoji(match[1])],
  [kCharacters, (match) => emojiCharacter(match[0])],
  [/^\\([\\`*_{}[\]()#+\-.!|~@:<>])/, (match) => match[1]],
];

function wrap(tag) {
  return (match, context) => make(tag, {}, ...inline(match[1], context));
}

function code(match, context, text) {
  const ticks = match[0];
  const end = text.indexOf(ticks, ticks.length);
  if (end < 0) return null;
  context.taken = end + ticks.length;
  return make('code', {}, text.slice(ticks.length, end).trim() || ' ');
}

export function link(url, ...children) {
  return make('a', {href: url, target: '_blank', rel: 'noopener noreferrer'}, ...children);
}

function isSafe(url) {
  return /^(https?:\/\/|mailto:)/i.test(url);
}

// A name must not hide where a link leads: the address is shown as well.
function namedLink(match, context) {
  const [, name, url] = match;
  if (!isSafe(url)) return match[0];
  if (name === url) return link(url, url);
  return make(
      'span', {}, link(url, ...inline(name, context)),
      make('span', {class: 'address'}, ` (${url})`));
}

function bareLink(match) {
  return link(match[1], match[1]);
}

function mention(match, context) {
  const name = match[1].toLowerCase();
  if (!context.names.has(name) && !['all', 'channel', 'here'].includes(name)) return null;
  return make('span', {class: name === context.me ? 'mention me' : 'mention'}, match[0]);
}

// Characters that one of the forms may begin with; beyond ASCII only emoji do.
const kStarts = /[`[<h*_~@:\\\u2000-\uffff]/;

export function inline(text, context) {
  return scan(text, context, kInline, kStarts);
}

// `forms` in order of strength; none begins with a character that `starts` does not match.
export function scan(text, context, forms, starts) {
  const nodes = [];
  let plain = '';
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const insideWord = at > 0 && /\w/.test(text[at - 1]) && /^[_@:h]/.test(rest);
    let hit = null;
    for (const [pattern, build] of insideWord || !starts.test(text[at]) ? [] : forms) {
      const match = pattern.exec(rest);
      if (!match) continue;
      context.taken = match[0].length;
      const node = build(match, context, rest);
      if (node !== null) hit = {node, taken: context.taken};
      if (hit) break;
    }
    if (!hit) {
      plain += text[at++];
      continue;
    }
    if (plain) nodes.push(plain);
    plain = '';
    nodes.push(hit.node);
    at += hit.taken;
  }
  if (plain) nodes.push(plain);
  return nodes;
}

function cells(line) {
  const trimmed = line.trim().replace(/^\|/, '').replace(/\|$/, '');
  return trimmed.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
}

function table(lines, context) {
  const row = (tag, line) =>
      make('tr', {}, cells(line).map((cell) => make(tag, {}, ...inline(cell, context))));
  return make(
      'div', {class: 'table'},
      make(
          'table', {}, make('thead', {}, row('th', lines[0])),
          make('tbody', {}, lines.slice(2).map((line) => row('td', line)))));
}

// Items deeper than the first make lists inside the item before them.
function list(lines, context) {
  const [, indent, marker] = kItem.exec(lines[0]);
  const ordered = /\d/.test(marker);
  const element = make(ordered ? 'ol' : 'ul', ordered ? {start: marker.slice(0, -1)} : {});
  let item = null;
  let inner = [];
  const close = () => {
    if (item && inner.length) item.append(...blocks(inner, context));
    inner = [];
  };
  for (const line of lines) {
    const match = kItem.exec(line);
    if (match && match[1].length <= indent.length) {
      close();
      item = make('li', {}, ...inline(match[3], context));
      element.append(item);
    } else {
      inner.push(line.replace(/^ {1,4}/, ''));
    }
  }
  close();
  return element;
}

// How many lines from `at` on satisfy `test`.
function run(lines, at, test) {
  let end = at;
  while (end < lines.length && test(lines[end], end)) ++end;
  return end;
}

function paragraph(lines, context) {
  const nodes = [];
  lines.forEach((line, index) => {
    if (index) nodes.push(make('br'));
    nodes.push(...inline(line, context));
  });
  return make('p', {}, ...nodes);
}

function startsBlock(lines, at) {
  const line = lines[at];
  return !line.trim() || kFence.test(line) || kHeading.test(line) || kItem.test(line) ||
      /^\s*>/.test(line) ||
      (line.includes('|') && at + 1 < lines.length && kTableRule.test(lines[at + 1]));
}

function fenced(lines, at) {
  const [, fence, language] = kFence.exec(lines[at]);
  const end = run(lines, at + 1, (line) => line.trim() !== fence);
  const node = make(
      'pre', {'data-language': language || undefined},
      make('code', {}, lines.slice(at + 1, end).join('\n')));
  return {node, next: end + 1};
}

function block(lines, at, context) {
  const line = lines[at];
  const heading = kHeading.exec(line);
  if (kFence.test(line)) return fenced(lines, at);
  if (heading)
    return {
      node: make(`h${Math.min(heading[1].length + 2, 6)}`, {}, ...inline(heading[2], context)),
      next: at + 1
    };
  if (kRule.test(line)) return {node: make('hr'), next: at + 1};
  if (/^\s*>/.test(line)) {
    const next = run(lines, at, (one) => /^\s*>/.test(one));
    const inner = lines.slice(at, next).map((one) => one.replace(/^\s*> ?/, ''));
    return {node: make('blockquote', {}, ...blocks(inner, context)), next};
  }
  if (kItem.test(line)) {
    const next = run(lines, at, (one) => kItem.test(one) || /^\s{2,}\S/.test(one));
    return {node: list(lines.slice(at, next), context), next};
  }
  if (line.includes('|') && at + 1 < lines.length && kTableRule.test(lines[at + 1])) {
    const next = run(lines, at, (one) => one.includes('|'));
    return {node: table(lines.slice(at, next), context), next};
  }
  const next = run(lines, at + 1, (one, index) => !startsBlock(lines, index));
  return {node: paragraph(lines.slice(at, next), context), next};
}

function blocks(lines, context) {
  const nodes = [];
  let at = 0;
  while (at < lines.length) {
    if (!lines[at].trim()) {
      ++at;
      continue;
    }
    const {node, next} = block(lines, at, context);
    nodes.push(node);
    at = next;
  }
  return nodes;
}

// `names`: a Set of usernames; `me`: one's own.
export function render(text, {names, me}) {
  return make(
      'div', {class: 'markdown'}, ...blocks(String(text ?? '').split('\n'), {names, me, taken: 0}));
}
