// What a message of Mattermost shows besides what every chat has: Markdown, attachments with their
// buttons and menus, slash commands.
import {make} from './dom.js';
import {render} from './markdown.js';

export const kBadge = 'BOT';

const kStyles = {
  primary: 'primary',
  success: 'success',
  good: 'success',
  danger: 'danger',
  warning: 'warning'
};

function markdown(store, text) {
  return render(text, {names: store.names(), me: store.person.username});
}

export function safeColor(color) {
  const named = {good: '#2e9e5b', warning: '#d98a14', danger: '#d24b4e'}[color];
  return named ?? (/^#[0-9a-f]{3,8}$/i.test(color) ? color : '#b9c2d0');
}

function title({title, title_link}) {
  if (!/^https?:\/\//i.test(title_link ?? '')) return title;
  return make('a', {href: title_link, target: '_blank', rel: 'noopener noreferrer'}, title);
}

function field(store, {title, value, short}) {
  return make(
      'div', {class: short ? 'field short' : 'field'}, make('b', {}, title),
      markdown(store, value));
}

async function click(store, post, control, actionId, body) {
  control.disabled = true;
  control.classList.add('busy');
  await store.attempt((client) => client.post(`/posts/${post.id}/actions/${actionId}`, body));
  control.disabled = false;
  control.classList.remove('busy');
}

function menu(store, post, action) {
  const sources = {
    users: () =>
        [...store.users.values()].map((user) => ({text: '@' + user.username, value: user.id})),
    channels: () => [...store.channels.values()]
                        .filter((one) => one.type !== 'D')
                        .map((one) => ({text: '~' + one.name, value: one.id})),
  };
  const options = sources[action.data_source]?.() ?? action.options ?? [];
  const chosen = ({currentTarget}) =>
      click(store, post, currentTarget, action.id, {selected_option: currentTarget.value});
  return make(
      'select', {
        class: 'action',
        testid: `select-${action.id}`,
        'aria-label': action.name,
        onchange: chosen
      },
      make('option', {value: '', disabled: true, selected: true}, action.name),
      options.map(({text, value}) => make('option', {value}, text)));
}

function button(store, post, action) {
  if (action.type === 'select') return menu(store, post, action);
  const style = kStyles[action.style] ?? 'plain';
  return make(
      'button', {
        type: 'button',
        class: `action ${style}`,
        testid: `button-${action.id}`,
        disabled: Boolean(action.disabled),
        onclick: (event) => click(store, post, event.currentTarget, action.id, {})
      },
      action.name);
}

function attachment(store, post, one) {
  const fields = (one.fields ?? []).map((each) => field(store, each));
  const actions = (one.actions ?? []).map((action) => button(store, post, action));
  const body = make(
      'div', {class: 'attachment', testid: 'attachment'},
      one.author_name ? make('div', {class: 'quiet'}, one.author_name) : null,
      one.title ? make('div', {class: 'title'}, title(one)) : null,
      one.text ? markdown(store, one.text) : null,
      fields.length ? make('div', {class: 'fields'}, fields) : null,
      one.footer ? make('footer', {class: 'quiet'}, one.footer) : null,
      actions.length ? make('div', {class: 'actions'}, actions) : null);
  body.style.borderLeftColor = safeColor(one.color);
  return make('div', {}, one.pretext ? markdown(store, one.pretext) : null, body);
}

export function body(store, post) {
  return {
    text: post.message ? markdown(store, post.message) : null,
    rest: (post.props.attachments ?? []).map((one) => attachment(store, post, one)),
  };
}

export function editable(store, text) {
  return text;
}

export function command(store, rootId, text) {
  return store.attempt(
      (client) => client.post(
          '/commands/execute', {channel_id: store.current, root_id: rootId, command: text}));
}
