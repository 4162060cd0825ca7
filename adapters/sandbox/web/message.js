// One message: author, text, attachments with their buttons, reactions, replies.
import {clock, make} from './dom.js';
import {emoji, kPicks, kQuick} from './emoji.js';
import {icon} from './icons.js';
import {fileCard} from './file.js';

const kColors = ['#2f6fed', '#b4488f', '#0f8a6d', '#c2622d', '#7a55d6', '#2a7f9e', '#a8462f'];
export function avatar(user, small = false) {
  let sum = 7;
  for (const letter of user.username) sum = (sum * 31 + letter.codePointAt(0)) % 9973;
  const element = make(
      'span',
      {class: `avatar${small ? ' small' : ''}${user.is_bot ? ' bot' : ''}`, 'aria-hidden': 'true'},
      user.is_bot ? '✓' : user.username.slice(0, 1).toUpperCase());
  if (!user.is_bot) element.style.background = kColors[sum % kColors.length];
  return element;
}

export class MessageView {
  // `scope`: "" in the channel, "thread-" in the side panel, to tell the two apart in tests.
  constructor(store, post, {scope, onThread, onEdit}) {
    Object.assign(this, {store, post, scope, onThread, onEdit});
  }

  // What the look depends on: the same state, the same node.
  static state(store, post, follows) {
    const replies = store.replies(post.id);
    return JSON.stringify([
      post.message, post.update_at, post.edit_at, post.is_pinned, post.props,
      post.metadata?.reactions, replies.length || post.reply_count, replies.at(-1)?.create_at,
      store.whispers(post.id).map(({id, update_at}) => id + update_at), follows, store.userOf(post.user_id).username,
      store.users.size
    ]);
  }

  build(follows) {
    const {post, store} = this;
    const author = store.userOf(post.user_id);
    const classes = ['message'];
    if (follows) classes.push('follows');
    if (post.type.startsWith('system_'))
      classes.push(post.type === 'system_ephemeral' ? 'ephemeral' : 'system');
    const inner = make(
        'div', {class: 'inner', testid: `${this.scope}message`}, this.gutter(author, follows),
        this.content(author, follows));
    return make(
        'article', {
          class: classes.join(' '),
          testid: `${this.scope}message-${post.id}`,
          'data-post-id': post.id
        },
        inner, this.toolbar());
  }

  gutter(author, follows) {
    if (this.post.type.startsWith('system_') && this.post.type !== 'system_ephemeral')
      return make('span', {class: 'gutter'});
    if (!follows) return make('span', {class: 'gutter'}, avatar(author));
    return make('time', {class: 'gutter quiet'}, clock(this.post.create_at));
  }

  content(author, follows) {
    const {post, store} = this;
    const {text, rest} = store.service.body(store, post);
    return make(
        'div', {class: 'content'}, follows ? null : this.heading(author), text, rest,
        this.edited(text), this.files(), this.reactions(), this.whispers(), this.replyCount());
  }

  // At the end of the text if there is one, else on its own.
  edited(text) {
    const {edit_at: at, props} = this.post;
    if (!at || props.tombstone) return null;
    const mark =
        make('span', {class: 'edited', testid: 'edited', title: 'edited ' + clock(at)}, ' (edited)');
    if (!text?.lastElementChild) return mark;
    text.lastElementChild.append(mark);
    return null;
  }

  heading(author) {
    const {post} = this;
    const name = post.props.override_username && post.props.from_webhook ?
        post.props.override_username :
        author.username;
    return make(
        'header', {},
        make(
            'b', {class: 'author', testid: 'author'},
            post.type.startsWith('system_') ? this.systemName() : name),
        author.is_bot ? make('span', {class: 'badge'}, this.store.service.kBadge) : null,
        post.props.from_webhook ? make('span', {class: 'badge'}, 'WEBHOOK') : null,
        make('time', {title: new Date(post.create_at).toLocaleString()}, clock(post.create_at)),
        post.is_pinned ? make('span', {class: 'badge pin'}, 'PINNED') : null);
  }

  systemName() {
    return this.post.type === 'system_ephemeral' ? 'Only visible to you' : 'System';
  }

  files() {
    return (this.post.metadata?.files ?? []).map((file) => fileCard(this.store, file));
  }

  reactions() {
    const byName = new Map();
    for (const {emoji_name, user_id} of this.post.metadata?.reactions ?? []) {
      byName.set(emoji_name, [...(byName.get(emoji_name) ?? []), user_id]);
    }
    if (!byName.size) return null;
    return make(
        'div', {class: 'reactions'}, [...byName].map(([name, users]) => this.chip(name, users)));
  }

  chip(name, users) {
    const mine = users.includes(this.store.me);
    const who = users.map((id) => this.store.userOf(id).username).join(', ');
    return make(
        'button', {
          type: 'button',
          class: mine ? 'chip mine' : 'chip',
          testid: `reaction-${name}`,
          title: `${who} reacted with :${name}:`,
          'aria-pressed': String(mine),
          onclick: () => this.react(name)
        },
        emoji(name) ?? `:${name}:`, make('span', {class: 'count'}, String(users.length)));
  }

  react(name) {
    const {store, post} = this;
    const mine = (post.metadata?.reactions ??
                  []).some((one) => one.user_id === store.me && one.emoji_name === name);
    return store.attempt(
        (client) => mine ?
            client.call(
                'DELETE', `/users/me/posts/${post.id}/reactions/${encodeURIComponent(name)}`) :
            client.post('/reactions', {user_id: store.me, post_id: post.id, emoji_name: name}));
  }

  // An answer to a click belongs to the thread, but must be seen where the click was made.
  whispers() {
    if (this.scope) return null;
    return this.store.whispers(this.post.id).map((told) => this.whisper(told));
  }

  whisper(told) {
    const {text, rest} = this.store.service.body(this.store, told);
    const dismiss = {
      type: 'button',
      class: 'close',
      'aria-label': 'Dismiss',
      onclick: () => this.store.dismiss(told.id)
    };
    return make(
        'div', {class: 'whisper', testid: 'ephemeral'},
        make('div', {class: 'quiet'}, `Only visible to you · ${clock(told.create_at)}`), text, rest,
        make('button', dismiss, '✕'));
  }

  replyCount() {
    if (this.scope || this.post.root_id) return null;
    const replies = this.store.replies(this.post.id);
    const count = Math.max(replies.length, this.post.reply_count ?? 0);
    if (!count) return null;
    const people = [...new Set(replies.map((reply) => reply.user_id))].slice(-4).map(
        (id) => avatar(this.store.userOf(id), true));
    const last = replies.at(-1);
    return make(
        'button', {
          type: 'button',
          class: 'replies',
          testid: `replies-${this.post.id}`,
          onclick: () => this.onThread(this.post.id)
        },
        make('span', {class: 'faces'}, people), `${count} ${count === 1 ? 'reply' : 'replies'}`,
        last ? make('span', {class: 'quiet'}, `last ${clock(last.create_at)}`) : null);
  }

  toolbar() {
    const {post, store} = this;
    if (post.type.startsWith('system_')) return null;
    const button = (testid, title, face, onclick) =>
        make('button', {type: 'button', testid, title, 'aria-label': title, onclick}, face);
    const own = post.user_id === store.me;
    return make(
        'div', {class: 'toolbar', role: 'toolbar'},
        kQuick.map(
            (name) => button(`react-${name}`, `:${name}:`, emoji(name), () => this.react(name))),
        button(
            'reaction-add', 'Add a reaction', icon('smile'),
            (event) => this.picker(event.currentTarget)),
        this.scope ? null :
                     button(
                         `reply-${post.id}`, 'Reply in thread', icon('reply'),
                         () => this.onThread(post.root_id || post.id)),
        own ? button('edit', 'Edit', icon('pencil'), () => this.onEdit(post)) : null,
        own ? button(
                  'delete', 'Delete', icon('trash'),
                  () => store.attempt((client) => client.call('DELETE', `/posts/${post.id}`))) :
              null);
  }

  picker(button) {
    const open = button.parentElement.querySelector('.picker');
    if (open) return open.remove();
    const choose = (name) => () => {
      picker.remove();
      this.react(name);
    };
    const picker = make(
        'div', {class: 'picker', testid: 'picker'},
        kPicks.map(
            (name) => make(
                'button',
                {type: 'button', testid: `pick-${name}`, title: `:${name}:`, onclick: choose(name)},
                emoji(name))));
    button.parentElement.append(picker);
  }
}
