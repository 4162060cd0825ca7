// The left side of a pane: who one is, and where one can go.
import {make, reconcile} from './dom.js';
import {icon} from './icons.js';
import {avatar} from './message.js';

function label(text) {
  return make('div', {class: 'label'}, text);
}

export class Sidebar {
  constructor(pane) {
    this.pane = pane;
    this.people = make(
        'div',
        {class: 'people', testid: 'person-switch', role: 'radiogroup', 'aria-label': 'You are'});
    this.channels = make('nav', {'aria-label': 'Channels'});
    this.directs = make('nav', {'aria-label': 'Direct messages'});
    this.element = make(
        'aside', {class: 'sidebar'}, this.brand(), label('You are'), this.people, this.split(),
        label('Channels'), this.channels, label('Direct messages'), this.directs,
        make('div', {class: 'grow'}), this.botPage());
  }

  brand() {
    return make(
        'div', {class: 'brand'},
        make('img', {src: '/logo.svg', alt: '', width: '28', height: '28'}),
        make('div', {}, make('b', {}, 'Acme'), make('span', {}, this.pane.info.service === 'slack' ? 'Like Slack · sandbox' : 'Countersign sandbox')));
  }

  botPage() {
    const href = this.pane.info.bot_page;
    if (!href) return null;
    const attributes =
        {class: 'botlink', testid: 'bot-page', href, target: '_blank', rel: 'noopener'};
    return make('a', attributes, 'The bot’s page ↗');
  }

  // A link to two panes, or back to one.
  split() {
    const {compact, info, person: {username}} = this.pane;
    if (compact) {
      const one = {class: 'split', testid: 'one-pane', href: `?as=${username}`};
      return make('a', one, `Only ${username}`);
    }
    const partner = info.people.find((other) => other.username !== username).username;
    const two = {class: 'split', testid: 'side-by-side', href: `?as=${username},${partner}`};
    return make('a', two, `Side by side with ${partner}`);
  }

  draw() {
    this.drawPeople();
    this.drawChannels();
    this.drawDirects();
  }

  drawPeople() {
    const items = this.pane.info.people.map(
        (person) => ({key: person.id, state: String(person.id === this.pane.person.id), person}));
    reconcile(
        this.people, items,
        ({person}) => make(
            'button', {
              type: 'button',
              role: 'radio',
              testid: `person-${person.username}`,
              'aria-checked': String(person.id === this.pane.person.id),
              title: person.username,
              onclick: () => this.pane.switchTo(person.username)
            },
            avatar(person, true), make('span', {}, person.username)));
  }

  drawChannels() {
    const {store} = this.pane;
    const open = [...store.channels.values()].filter(({type}) => type !== 'D');
    open.sort((a, b) => a.display_name.localeCompare(b.display_name));
    const rows = open.map((channel) => this.row(channel.id, {
      testid: `channel-${channel.name}`,
      name: channel.display_name,
      face: () => make('span', {class: 'face'}, channel.type === 'P' ? icon('lock') : '#'),
      open: () => this.pane.openChannel(channel.id)
    }));
    reconcile(this.channels, rows, (row) => this.button(row));
  }

  // Everybody, the bot first, whether or not one has talked with them yet.
  drawDirects() {
    const {store} = this.pane;
    const known = [...store.channels.values()].filter(({type}) => type === 'D');
    const channelOf = new Map(known.map((channel) => [store.partnerOf(channel).id, channel.id]));
    const others =
        [...store.users.values()].filter(({id, delete_at}) => id !== store.me && !delete_at);
    const rank = ({is_bot}) => is_bot ? 0 : 1;
    others.sort((a, b) => rank(a) - rank(b) || a.username.localeCompare(b.username));
    const rows = others.map((user) => this.row(channelOf.get(user.id), {
      testid: `direct-${user.username}`,
      name: user.username,
      face: () => avatar(user, true),
      open: () => this.pane.openDirect(user.id)
    }));
    reconcile(this.directs, rows, (row) => this.button(row));
  }

  row(id, more) {
    const {store} = this.pane;
    const {count, mentions} = store.unread.get(id) ?? {count: 0, mentions: 0};
    const active = Boolean(id) && id === store.current;
    const state = JSON.stringify([active, count, mentions, more.name, id]);
    return {key: more.testid, state, active, count, mentions, ...more};
  }

  button({testid, name, face, open, active, count, mentions}) {
    const attributes = {
      type: 'button',
      class: ['channel', active ? 'active' : '', count ? 'unread' : ''].join(' '),
      testid,
      'aria-current': active ? 'true' : null,
      onclick: open
    };
    const unread = {class: mentions ? 'count loud' : 'count', testid: `unread-${testid}`};
    return make(
        'button', attributes, face(), make('span', {class: 'name'}, name),
        count ? make('span', unread, String(mentions || count)) : null);
  }
}
