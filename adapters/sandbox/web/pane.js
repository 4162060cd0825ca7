// One person's view of the chat: sidebar, channel, thread. Several may stand side by side.
import {showDialog} from './dialog.js';
import {day, make, reconcile} from './dom.js';
import {icon} from './icons.js';
import {MessageView} from './message.js';
import {Sidebar} from './sidebar.js';
import {Window} from './slack.js';
import {Store} from './store.js';

// Who reads the newest message keeps seeing the newest, whatever grows or shrinks.
function keepAtEnd(list) {
  list.addEventListener('scroll', () => {
    list.atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  });
  new ResizeObserver(() => {
    if (list.atEnd !== false) list.scrollTop = list.scrollHeight;
  }).observe(list);
  return list;
}

const kTogether = 5 * 60 * 1000;  // messages of one author within this time share a heading

export class Pane {
  // `switchTo(name)` is asked to show this pane as another person.
  constructor(info, person, {switchTo, remember, compact}) {
    this.info = info;
    this.person = person;
    this.switchTo = switchTo;
    this.remember = remember;
    this.thread = null;
    this.compact = compact;
    this.windows = new Map();
    this.store = new Store(
        info, person,
        {changed: () => this.draw(), notice: (kind, data) => this.notice(kind, data)});
    this.build();
  }

  async start(wanted) {
    await this.store.start();
    const channels = [...this.store.channels.values()];
    const first = channels.find((one) => one.name === wanted.channel) ??
        channels.find((one) => one.name === 'ops') ?? channels[0];
    if (first) await this.store.open(first.id);
    if (wanted.thread && this.store.posts.has(wanted.thread)) this.openThread(wanted.thread);
    this.draw();
  }

  stop() {
    this.store.stop();
    this.element.remove();
  }

  build() {
    this.sidebar = new Sidebar(this);
    this.title = make('div', {class: 'title'});
    this.messages = keepAtEnd(
        make('div', {class: 'messages', testid: 'messages', role: 'log', 'aria-live': 'polite'}));
    this.typingLine = make('div', {class: 'typing'});
    this.composer = this.makeComposer('composer', () => '');
    this.threadMessages = keepAtEnd(make('div', {class: 'messages', testid: 'thread-messages'}));
    this.threadComposer = this.makeComposer('thread-composer', () => this.thread);
    this.threadPanel = make(
        'aside', {class: 'thread', testid: 'thread-panel', hidden: true, 'aria-label': 'Thread'},
        make(
            'header', {class: 'bar'}, make('div', {class: 'title'}, make('b', {}, 'Thread')),
            make(
                'button', {
                  type: 'button',
                  class: 'close',
                  testid: 'thread-close',
                  'aria-label': 'Close thread',
                  onclick: () => this.closeThread()
                },
                '✕')),
        this.threadMessages, this.threadComposer);
    this.banner = make(
        'div', {class: 'banner', testid: 'offline', hidden: true},
        'Connection lost, trying again …');
    this.toasts = make('div', {class: 'toasts', role: 'alert'});
    this.element = make(
        'section', {
          class: this.compact ? 'pane compact' : 'pane',
          testid: `pane-${this.person.username}`,
          onkeydown: (event) => event.key === 'Escape' && this.closeThread()
        },
        this.sidebar.element,
        make(
            'div', {class: 'middle'}, make('header', {class: 'bar'}, this.title), this.banner,
            this.messages, this.typingLine, this.composer),
        this.threadPanel, this.toasts);
  }

  makeComposer(testid, rootId) {
    const input =
        make('textarea', {testid, rows: '1', 'aria-label': 'Message', placeholder: 'Message'});
    const send = () => {
      const message = input.value;
      if (!message.trim()) return;
      input.value = '';
      this.send(message, rootId()).then((sent) => {
        if (!sent) input.value = message;
      });
    };
    input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      send();
    });
    input.addEventListener('input', () => this.tellTyping(rootId()));
    return make(
        'div', {class: 'composer'}, input,
        make(
            'button', {
              type: 'button',
              class: 'send',
              testid: `${testid}-send`,
              'aria-label': 'Send',
              onclick: send
            },
            icon('send')));
  }

  send(message, rootId) {
    const {store} = this;
    if (message.startsWith('/')) return store.service.command(store, rootId, message);
    return store.attempt((client) => client.post('/posts', {
      channel_id: store.current,
      root_id: rootId,
      message,
      pending_post_id: `${store.me}:${Date.now()}`
    }));
  }

  tellTyping(rootId) {
    if (Date.now() - (this.toldTyping ?? 0) < 3000) return;
    this.toldTyping = Date.now();
    this.store.client.send('user_typing', {channel_id: this.store.current, parent_id: rootId});
  }

  openThread(rootId) {
    this.thread = rootId;
    this.threadMessages.atEnd = true;
    this.draw();
    queueMicrotask(() => this.threadPanel.querySelector('textarea').focus());
  }

  closeThread() {
    this.thread = null;
    this.draw();
  }

  async openChannel(id) {
    this.thread = null;
    await this.store.open(id);
    this.messages.atEnd = true;
    this.draw();
    this.composer.querySelector('textarea').focus();
  }

  async edit(post) {
    const before = this.store.service.editable(this.store, post.message);
    const message = prompt('Edit the message', before);
    if (message !== null && message !== before) {
      await this.store.attempt(
          (client) => client.call('PUT', `/posts/${post.id}/patch`, {message}));
    }
  }

  notice(kind, data) {
    if (kind === 'dialog') {
      showDialog(this.element, this.store, data);
      return;
    }
    if (kind === 'view') {
      this.showView(data);
      return;
    }
    const toast = make('div', {class: 'toast', testid: 'toast'}, data);
    this.toasts.append(toast);
    setTimeout(() => toast.remove(), 6000);
  }

  showView({view, open}) {
    const shown = this.windows.get(view.id);
    if (!open) {
      shown?.close();
      this.windows.delete(view.id);
    } else if (shown) {
      shown.show(view);
    } else {
      this.windows.set(view.id, new Window(this.element, this.store, view));
    }
  }

  // Many events in a row make one picture.
  draw() {
    if (this.drawing) return;
    this.drawing = true;
    queueMicrotask(() => {
      this.drawing = false;
      this.sidebar.draw();
      this.drawHeader();
      this.drawMessages(this.messages, this.store.roots(this.store.current), '');
      this.drawThread();
      this.drawTyping();
      this.banner.hidden = this.store.online;
      this.element.dataset.online = String(this.store.online);
    });
  }

  async openDirect(userId) {
    this.thread = null;
    await this.store.openDirect(userId);
    this.composer.querySelector('textarea').focus();
  }

  drawHeader() {
    const channel = this.store.channels.get(this.store.current);
    if (!channel) return;
    const direct = channel.type === 'D';
    const name = direct ? '@' + this.store.partnerOf(channel).username : channel.display_name;
    const members = direct ? 'Direct message' : channel.header || channel.purpose;
    const sign = () => direct ? '' : channel.type === 'P' ? 'private: ' : '# ';
    const items = [{key: 'head', state: name + members, name, members}];
    reconcile(
        this.title, items,
        () => make(
            'div', {}, make('b', {testid: 'channel-title'}, sign() + name),
            make('span', {class: 'quiet'}, members)));
    this.composer.querySelector('textarea').placeholder = `Message ${direct ? name : '#' + name}`;
    this.remember({channel: channel.name, thread: this.thread});
  }

  drawMessages(parent, posts, scope) {
    const items = [];
    posts.forEach((post, index) => {
      const before = posts[index - 1];
      const newDay = !before ||
          new Date(before.create_at).toDateString() !== new Date(post.create_at).toDateString();
      if (newDay && !scope)
        items.push(
            {key: 'day' + post.create_at, state: day(post.create_at), day: day(post.create_at)});
      const follows = !newDay && before.user_id === post.user_id && before.type === post.type &&
          !before.props.attachments && !before.props.slack && post.create_at - before.create_at < kTogether &&
          !(scope && index === 1);
      items.push(
          {key: post.id, state: MessageView.state(this.store, post, follows), post, follows});
      if (scope && index === 0) items.push(this.replyDivider(this.store.replies(post.id).length));
    });
    if (!items.length && !scope) items.push({key: 'empty', state: this.store.current, empty: true});
    reconcile(parent, items, (item) => this.buildItem(item, scope));
    if (parent.atEnd !== false) parent.scrollTop = parent.scrollHeight;
  }

  replyDivider(count) {
    const text = count === 1 ? '1 reply' : `${count} replies`;
    return {key: 'divider', state: text, day: text};
  }

  buildItem(item, scope) {
    if (item.day) return make('div', {class: 'divider'}, make('span', {}, item.day));
    if (item.empty) {
      return make(
          'div', {class: 'empty', testid: 'empty'}, make('h2', {}, 'Nothing here yet'),
          make(
              'p', {}, 'Say something, or try ', make('code', {}, '!help'),
              ' to see what the bot can do for you.'));
    }
    return new MessageView(
               this.store, item.post,
               {scope, onThread: (id) => this.openThread(id), onEdit: (post) => this.edit(post)})
        .build(item.follows);
  }

  drawThread() {
    const root = this.thread && this.store.posts.get(this.thread);
    if (this.thread && !root) this.thread = null;
    this.threadPanel.hidden = !root;
    this.element.classList.toggle('threaded', Boolean(root));
    if (root) this.drawMessages(this.threadMessages, this.store.thread(root.id), 'thread-');
  }

  drawTyping() {
    const now = Date.now();
    const names = [...this.store.typing]
                      .filter(([, one]) => one.until > now && one.channel === this.store.current)
                      .map(([id]) => this.store.userOf(id).username);
    this.typingLine.textContent =
        names.length ? `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} typing …` : '';
  }
}
