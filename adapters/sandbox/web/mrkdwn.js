// The markup of Slack's messages, as DOM nodes: tokens in angle brackets, three escaped characters,
// and single signs for bold, italic and struck text.
import {make} from './dom.js';
import {emoji} from './emoji.js';
import {link, scan} from './markdown.js';

const kEntities = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>'
};

export function unescape(text) {
  return text.replace(/&(amp|lt|gt);/g, (entity) => kEntities[entity]);
}

const kForms = [
  [/^`([^`\n]+)`/, ([, text]) => make('code', {}, unescape(text))],
  [/^<([^<>\n]+)>/, token],
  [/^\*(?=[^\s*])([^\n]*?[^\s*])\*(?!\w)/, wrap('strong')],
  [/^_(?=[^\s_])([^\n]*?[^\s_])_(?!\w)/, wrap('em')],
  [/^~(?=[^\s~])([^\n]*?[^\s~])~(?!\w)/, wrap('del')],
  [/^:([a-z0-9_+'-]+(?:::skin-tone-\d)?):/, ([, name]) => emoji(name)],
  [/^&(amp|lt|gt);/, ([entity]) => kEntities[entity]],
];
const kStarts = /[`<*_~:&]/;

function wrap(tag) {
  return ([, text], store) => make(tag, {}, ...inline(text, store));
}

export function mention(text, mine) {
  return make('span', {class: mine ? 'mention me' : 'mention'}, text);
}

const kMonths = {
  month: 'short',
  day: 'numeric',
  year: 'numeric'
};
const kTime = {
  hour: '2-digit',
  minute: '2-digit',
  hour12: false
};
const kDates = {
  date_num: (at) => at.toISOString().slice(0, 10),
  date: (at) => at.toLocaleDateString([], {...kMonths, month: 'long'}),
  date_short: (at) => at.toLocaleDateString([], kMonths),
  date_long:
      (at) => at.toLocaleDateString([], {...kMonths, weekday: 'long', month: 'long'}),
  time: (at) => at.toLocaleTimeString([], kTime),
  time_secs: (at) => at.toLocaleTimeString([], {...kTime, second: '2-digit'}),
  ago: (at) => ago((Date.now() - at) / 1000),
};

function ago(seconds) {
  const past = seconds >= 0;
  const [count, unit] = [[86400, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']]
                            .map(([size, name]) => [Math.floor(Math.abs(seconds) / size), name])
                            .find(([many]) => many > 0) ?? [0, 'second'];
  const text = `${count} ${unit}${count === 1 ? '' : 's'}`;
  return past ? `${text} ago` : `in ${text}`;
}

function pretty(at, plain) {
  const days = Math.round((new Date(at).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 864e5);
  return {'-1': 'yesterday', 0: 'today', 1: 'tomorrow'}[days] ?? plain(at);
}

export function date(value, label) {
  const [seconds, format] = value.split('^');
  const at = new Date(Number(seconds) * 1000);
  const text = Number.isNaN(at.getTime()) ?
      label :
      format.replace(/\{(\w+?)(_pretty)?\}/g, (whole, name, nice) => {
        const plain = kDates[name];
        if (!plain) return whole;
        return nice ? pretty(at, plain) : plain(at);
      });
  return make('time', {title: at.toLocaleString()}, text);
}

function address(target, label) {
  if (!/^(https?:\/\/|mailto:)/i.test(target)) return null;
  const url = unescape(target);
  if (!label || label === target) return link(url, url.replace(/^mailto:/, ''));
  return make(
      'span', {}, link(url, unescape(label)), make('span', {class: 'address'}, ` (${url})`));
}

// Null for what is no token: it is shown as it stands.
function token([, inside], store) {
  const bar = inside.indexOf('|');
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? '' : inside.slice(bar + 1);
  const id = target.slice(1);
  if (target.startsWith('@')) return mention('@' + nameOf(store, id, label), id === store.me);
  if (target.startsWith('#')) return mention('#' + channelOf(store, id, label), false);
  if (target.startsWith('!date^')) return date(target.slice(6), label);
  if (target.startsWith('!subteam^')) return mention('@' + groupOf(store, target.slice(9)), false);
  if (target.startsWith('!')) return mention('@' + id, true);
  return address(target, label);
}

export function nameOf(store, id, label = '') {
  return store.users.get(id)?.username ?? (label || id);
}

export function channelOf(store, id, label) {
  return label || store.channels.get(id)?.name || 'private channel';
}

export function groupOf(store, id) {
  return store.info.groups?.find((group) => group.id === id)?.handle ?? id;
}

function inline(text, store) {
  return scan(text, store, kForms, kStarts);
}

function lines(text, store) {
  return text.split('\n').flatMap(
      (line, index) => index ? [make('br'), ...inline(line, store)] : inline(line, store));
}

// A run of quoted lines, or of others.
function paragraphs(text, store) {
  const nodes = [];
  for (const [run] of text.matchAll(/(?:^(?:&gt;|>).*\n?)+|(?:^(?!&gt;|>).*\n?)+/gm)) {
    if (!run.trim()) continue;
    const quoted = /^(&gt;|>)/.test(run);
    const inner = run.replace(/^(&gt;|>) ?/gm, '').replace(/^\n+|\n+$/g, '');
    nodes.push(
        quoted ? make('blockquote', {}, ...lines(inner, store)) :
                 make('p', {}, ...lines(inner, store)));
  }
  return nodes;
}

export function render(text, store) {
  const nodes = String(text ?? '').split('```').flatMap((part, index, all) => {
    const fenced = index % 2 === 1 && index < all.length - 1;
    if (!fenced) return paragraphs(part, store);
    return [make('pre', {}, make('code', {}, unescape(part.replace(/^\n|\n$/g, ''))))];
  });
  return make('div', {class: 'markdown'}, ...nodes);
}

// What a person would have typed to say this.
export function typed(text, store) {
  return unescape(text.replace(/<([^<>\n]+)>/g, (whole, inside) => {
    const [target, label] = inside.split('|');
    if (target.startsWith('@')) return '@' + nameOf(store, target.slice(1), label);
    if (target.startsWith('#')) return '#' + channelOf(store, target.slice(1), label);
    if (target.startsWith('!subteam^')) return '@' + groupOf(store, target.slice(9));
    if (target.startsWith('!')) return '@' + target.slice(1);
    return target;
  }));
}
