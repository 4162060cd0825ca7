// Slack's rich_text blocks as DOM nodes: text with styles, people, dates; preformatted text, lists.
import {make} from './dom.js';
import {emoji} from './emoji.js';
import {link} from './markdown.js';
import {channelOf, date, groupOf, mention, nameOf} from './mrkdwn.js';

const kTags = {
  bold: 'strong',
  italic: 'em',
  strike: 'del',
  code: 'code'
};

function styled(node, style = {}) {
  return Object.entries(kTags).reduce(
      (inner, [name, tag]) => (style[name] ? make(tag, {}, inner) : inner), node);
}

const kInline = {
  text: ({text}) => text,
  link: ({url, text}) => link(url, text ?? url),
  emoji: ({name}) => emoji(name),
  user: ({user_id}, store) => mention('@' + nameOf(store, user_id), user_id === store.me),
  usergroup: ({usergroup_id}, store) => mention('@' + groupOf(store, usergroup_id), false),
  channel: ({channel_id}, store) => mention('#' + channelOf(store, channel_id), false),
  broadcast: ({range}) => mention('@' + range, true),
  date: ({timestamp, format, fallback}) => date(`${timestamp}^${format}`, fallback),
};

function inline(elements, store) {
  return elements.map((one) => {
    const show = kInline[one.type];
    return show ? styled(show(one, store), one.style) : `(${one.type})`;
  });
}

const kParts = {
  rich_text_section: ({elements}, store) => make('p', {}, inline(elements, store)),
  rich_text_preformatted: ({elements}, store) => make('pre', {}, make('code', {}, inline(elements, store))),
  rich_text_quote: ({elements}, store) => make('blockquote', {}, inline(elements, store)),
  rich_text_list: ({style, elements}, store) => make(
      style === 'ordered' ? 'ol' : 'ul', {},
      elements.map((item) => make('li', {}, inline(item.elements, store)))),
};

export function render({elements}, store) {
  return make(
      'div', {class: 'markdown richtext'},
      elements.map((part) => kParts[part.type]?.(part, store) ?? `(${part.type})`));
}
