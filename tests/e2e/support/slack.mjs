// People in the Slack half of the sandbox, played through its control interface, and how to read what the bot says there.
import {waitFor} from './wait.mjs';

// Everything a reader sees of blocks, one line a block or a line of rich text.
export function textOf(node) {
  if (node === null || typeof node !== 'object') return '';
  if (Array.isArray(node)) return node.map(textOf).join('');
  switch (node.type) {
    case 'user': return `<@${node.user_id}>`;
    case 'date': return node.fallback ?? '';
    case 'text': case 'plain_text': case 'mrkdwn': return node.text;
    case 'actions': case 'divider': return '';
    case 'rich_text_section': case 'rich_text_preformatted': return `${textOf(node.elements)}\n`;
    default: return [textOf(node.text), (node.fields ?? []).map((field) => `${textOf(field)}\n`).join(''), textOf(node.elements), '\n'].join('');
  }
}

export function buttonsOf(message) {
  return (message.blocks ?? []).filter((block) => block.type === 'actions').flatMap((block) => block.elements)
    .map((element) => element.action_id);
}

// A plan's message taken apart; nothing for any other message.
export function planOf(message) {
  const text = textOf(message.blocks ?? []).replaceAll(/\n+/g, '\n').trim();
  const head = /Plan (R\d+): (\S+?)(?: on (.+?))? · (.+)/.exec(text.split('\n', 1)[0]);
  if (!head) return undefined;
  const [, run, action, targets = '', state] = head;
  return {ts: message.ts, run, action, targets, state, text, buttons: buttonsOf(message), message};
}

export class SlackPerson {
  constructor(chat, name) {
    Object.assign(this, {chat, name});
  }

  act(what, body) {
    return this.chat.control(what, {user: this.name, channel: 'ops', ...body});
  }

  say(text, {thread} = {}) {
    return this.act('say', {text, ...(thread ? {thread_ts: thread} : {})});
  }

  // Presses a button, or chooses from the menu whose action id begins so, and waits until the bot has taken it.
  click(plan, action, selected) {
    const action_id = plan.buttons.find((id) => id === action || id.startsWith(`${action}|`)) ?? action;
    return this.act('click', {ts: plan.ts, action_id, wait: true, ...(selected ? {selected} : {})});
  }

  react(plan, name) {
    return this.act('react', {ts: plan.ts, name});
  }

  unreact(plan, name) {
    return this.act('react', {ts: plan.ts, name, remove: true});
  }

  slash(text) {
    return this.act('slash', {text, wait: true});
  }

  async seen() {
    return this.chat.get(`seen?user=${this.name}`);
  }

  heard(pattern) {
    return waitFor(async () => JSON.stringify((await this.seen()).messages ?? []).match(pattern), {what: `${this.name} being told ${pattern}`});
  }

  // The window that is open for this person.
  view() {
    return waitFor(async () => ((await this.seen()).views ?? []).at(-1), {what: `a window for ${this.name}`});
  }

  submit(view, values) {
    return this.act('submit', {view_id: view.id, values});
  }
}

export class Slack {
  constructor(info) {
    this.info = info;
    for (const name of ['alice', 'bob', 'carol']) this[name] = new SlackPerson(this, name);
  }

  async request(path, options) {
    const response = await fetch(`${this.info.control_url}/${path}`, options);
    const answer = await response.json();
    if (!answer.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  }

  control(what, body) {
    return this.request(what, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)});
  }

  get(path) {
    return this.request(path);
  }

  async messages(thread) {
    const {messages} = await this.get(`messages?channel=ops${thread ? `&thread_ts=${thread}` : ''}`);
    return messages.sort((a, b) => (a.ts < b.ts ? -1 : 1));
  }

  async plans() {
    return (await this.messages()).map(planOf).filter(Boolean);
  }

  plan(targets, state) {
    return waitFor(async () => {
      const plan = (await this.plans()).filter((one) => one.targets === targets).at(-1);
      if (plan?.state === state) return plan;
      throw new Error(plan ? plan.text : 'no such plan');
    }, {what: `a plan on ${targets} that is ${state}`});
  }

  becomes(plan, state) {
    return waitFor(async () => {
      const message = (await this.messages(plan.thread)).find((one) => one.ts === plan.ts);
      const now = message && planOf(message);
      if (now?.state === state) return now;
      throw new Error(now?.text ?? 'it is no plan any more');
    }, {what: `${plan.run} to be ${state}`});
  }

  inThread(plan, pattern) {
    return waitFor(async () => (await this.messages(plan.thread ?? plan.ts))
      .find((one) => one.ts !== plan.ts && one.bot_id && pattern.test(textOf(one.blocks ?? []))),
    {what: `${pattern} in the thread of ${plan.run}`});
  }
}
