// What a message of Slack shows besides what every chat has: its markup, Block Kit, attachments
// with a colour, slash commands, windows.
import {BlockView} from './blocks.js';
import {make} from './dom.js';
import {safeColor} from './mattermost.js';
import {render, typed} from './mrkdwn.js';

export const kBadge = 'APP';

function tsOf(id) {
  return `${id.slice(0, 10)}.${id.slice(10)}`;
}

function messageBlocks(store, post) {
  return new BlockView(
      store,
      (element, block, selected) => store.attempt(async (client) => {
        const {acked} = await client.act('click', {
          channel: post.channel_id,
          ts: tsOf(post.id),
          action_id: element.action_id,
          block_id: block.block_id,
          selected,
          wait: true
        });
        if (!acked) throw new Error('The app did not respond.');
      }));
}

function attachment(store, post, one) {
  const view = messageBlocks(store, post);
  const body = make(
      'div', {class: 'attachment', testid: 'attachment'},
      one.title ? make('div', {class: 'title'}, one.title) : null,
      one.text ? render(one.text, store) : null, view.blocks(one.blocks ?? []),
      one.footer ? make('footer', {class: 'quiet'}, one.footer) : null);
  body.style.borderLeftColor = safeColor('#' + (one.color ?? '').replace(/^#/, ''));
  return make('div', {}, one.pretext ? render(one.pretext, store) : null, body);
}

// With blocks the text is only for notifications.
export function body(store, post) {
  const {blocks, attachments} = post.props.slack ?? {};
  const rest = (attachments ?? []).map((one) => attachment(store, post, one));
  if (blocks) {
    const shown = make('div', {class: 'blocks'}, messageBlocks(store, post).blocks(blocks));
    return {text: null, rest: [shown, ...rest]};
  }
  return {text: post.message ? render(post.message, store) : null, rest};
}

export function editable(store, text) {
  return typed(text, store);
}

export function command(store, rootId, text) {
  return store.attempt(
      (client) => client.act(
          'slash',
          {channel: store.current, text, thread_ts: rootId ? tsOf(rootId) : '', wait: true}));
}

function valuesOf(form, blocks) {
  const values = {};
  const data = new FormData(form);
  for (const {type, block_id: id, element} of blocks) {
    if (type !== 'input') continue;
    const several = ['checkboxes', 'multi_static_select'].includes(element.type);
    values[id] = several ? data.getAll(id) : data.get(id) ?? '';
  }
  return values;
}

function tellProblems(form, errors) {
  for (const place of form.querySelectorAll('.problem')) place.textContent = '';
  for (const [id, text] of Object.entries(errors)) {
    const place = form.querySelector(`[data-testid="problem-${CSS.escape(id)}"]`);
    (place ?? form.querySelector('[data-testid="dialog-problem"]')).textContent = text;
  }
}

// A window the app opened; the same again when the app changes what it shows.
export class Window {
  constructor(parent, store, view) {
    this.parent = parent;
    this.store = store;
    this.backdrop = make('div', {class: 'backdrop'});
    parent.append(this.backdrop);
    this.show(view);
  }

  show(view) {
    this.view = view;
    this.form = this.build();
    this.backdrop.replaceChildren(this.form);
    this.form.querySelector('input, textarea, select')?.focus();
  }

  close() {
    this.backdrop.remove();
  }

  build() {
    const {title, blocks, submit, close} = this.view;
    const act = (element, block, selected) => this.store.attempt(
        (client) => client.act(
            'click',
            {view_id: this.view.id, action_id: element.action_id, block_id: block.block_id, selected}));
    const cancel = {
      type: 'button',
      class: 'action plain',
      testid: 'dialog-cancel',
      onclick: () => this.store.attempt((client) => client.act('close', {view_id: this.view.id}))
    };
    const send = {type: 'submit', class: 'action success', testid: 'dialog-submit'};
    const onsubmit = (event) => {
      event.preventDefault();
      this.submit();
    };
    return make(
        'form', {class: 'dialog', testid: 'dialog', onsubmit}, make('h2', {}, title.text),
        new BlockView(this.store, act).blocks(blocks),
        make('p', {class: 'problem', testid: 'dialog-problem'}),
        make(
            'div', {class: 'actions'}, make('button', cancel, close?.text ?? 'Cancel'),
            submit ? make('button', send, submit.text) : null));
  }

  async submit() {
    const {form, view} = this;
    const button = form.querySelector('[type=submit]');
    button.disabled = true;
    const answer = await this.store.attempt(
        (client) => client.act('submit', {view_id: view.id, values: valuesOf(form, view.blocks)}));
    button.disabled = false;
    const lost = {'': 'The app did not respond. Try again.'};
    if (answer) tellProblems(form, answer.acked === false ? lost : answer.errors ?? {});
  }
}
