// People in the chat, as any client of Mattermost would act for them, and how to read what the bot says.
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import {waitFor} from './wait.mjs';

// What a reader sees of a message: without markup and the invisible characters that keep it harmless.
export function plain(text) {
  return text.replaceAll('\u200b', '').replaceAll('**', '').replace(/\\([^A-Za-z0-9\s])/g, '$1').replaceAll('`', '');
}

export function buttonsOf(post) {
  return (post.props?.attachments ?? []).flatMap((attachment) => attachment.actions ?? []).map((action) => action.id);
}

// A plan's message taken apart; nothing for any other message.
export function planOf(post) {
  const text = plain(post.message);
  const head = /Plan (R\d+): (\S+?)(?: on (.+?))? · (.+)/.exec(text.split('\n', 1)[0]);
  if (!head) return undefined;
  const [, run, action, targets = '', state] = head;
  return {id: post.id, run, action, targets, state, text, buttons: buttonsOf(post), post, trace: /trace ([0-9a-f]{32})/.exec(text)?.[1]};
}

export class Person {
  constructor(chat, {id, username, token}) {
    Object.assign(this, {chat, id, username, token, whispered: []});
  }

  async call(method, path, body) {
    const response = await fetch(`${this.chat.info.base_url}/api/v4${path}`, {
      method,
      headers: {'Authorization': `Bearer ${this.token}`, 'Content-Type': 'application/json'},
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer.message}`);
    return answer;
  }

  say(message, {channel = this.chat.ops, thread = ''} = {}) {
    return this.call('POST', '/posts', {channel_id: channel, root_id: thread, message});
  }

  click(post, action) {
    return this.call('POST', `/posts/${post.id}/actions/${action}`, {});
  }

  react(post, emoji) {
    return this.call('POST', '/reactions', {user_id: this.id, post_id: post.id, emoji_name: emoji});
  }

  unreact(post, emoji) {
    return this.call('DELETE', `/users/me/posts/${post.id}/reactions/${emoji}`);
  }

  // Says something and returns the bot's answer in that thread, as text. A "why" is answered by a message of that title;
  // whatever else the bot has to tell there is none.
  async ask(message, {thread = ''} = {}) {
    const said = await this.say(message, {thread});
    const form = /^!?why/.test(message) ? /^#* ?Why/ : /./;
    const answer = await waitFor(async () => (await this.chat.thread(thread || said.id))
        .find((post) => post.user_id === this.chat.info.bot.id && post.create_at >= said.create_at && form.test(post.message.replaceAll('**', ''))),
    {what: `the bot's answer to "${message}"`});
    return plain(answer.message);
  }

  // Hears what only this person can see.
  listen() {
    this.socket = new WebSocket(this.chat.info.ws_url, {headers: {Authorization: `Bearer ${this.token}`}});
    this.socket.on('message', (data) => {
      const frame = JSON.parse(String(data));
      if (frame.event === 'ephemeral_message') this.whispered.push(plain(JSON.parse(frame.data.post).message));
    });
    this.socket.on('error', () => {});
    return new Promise((resolve, reject) => {
      this.socket.once('open', resolve);
      this.socket.once('error', reject);
    });
  }

  // What the bot told this person alone: messages only they see, and direct ones.
  async whispers() {
    const direct = await this.call('POST', '/channels/direct', [this.id, this.chat.info.bot.id]);
    const {posts} = await this.call('GET', `/channels/${direct.id}/posts?per_page=200`);
    const written = Object.values(posts).filter((post) => post.user_id === this.chat.info.bot.id).map((post) => plain(post.message));
    return [...this.whispered, ...written];
  }

  heard(pattern) {
    return waitFor(async () => (await this.whispers()).find((text) => pattern.test(text)), {what: `${this.username} being told ${pattern}`});
  }

  leave() {
    this.socket?.terminate();
  }
}

export class Chat {
  constructor(info) {
    this.info = info;
    this.ops = info.channels.ops;
    for (const [name, user] of Object.entries(info.users)) this[name] = new Person(this, user);
  }

  listen() {
    return Promise.all([this.alice, this.bob, this.carol].map((person) => person.listen()));
  }

  leave() {
    for (const person of [this.alice, this.bob, this.carol]) person.leave();
  }

  post(id) {
    return this.alice.call('GET', `/posts/${id}`);
  }

  async thread(id) {
    const {posts} = await this.alice.call('GET', `/posts/${id}/thread`);
    return Object.values(posts).sort((a, b) => a.create_at - b.create_at);
  }

  async posts(channel = this.ops) {
    const {posts} = await this.alice.call('GET', `/channels/${channel}/posts?per_page=200`);
    return Object.values(posts).sort((a, b) => a.create_at - b.create_at);
  }

  async plans() {
    const posts = await this.posts();
    return posts.filter((post) => post.user_id === this.info.bot.id).map(planOf).filter(Boolean);
  }

  // The newest plan for this target, once it says so: "waiting for approval", "succeeded" ...
  plan(targets, state, {action = ''} = {}) {
    return waitFor(async () => {
      const plan = (await this.plans()).filter((one) => one.targets === targets && one.action.endsWith(action)).at(-1);
      if (plan?.state === state) return plan;
      throw new Error(plan ? plan.text : 'no such plan');
    }, {what: `a plan on ${targets} that is ${state}`});
  }

  // The same message, once it shows that state.
  becomes(plan, state) {
    return waitFor(async () => {
      const now = planOf(await this.post(plan.id));
      if (now?.state === state) return now;
      throw new Error(now?.text ?? 'it is no plan any more');
    }, {what: `${plan.run} to be ${state}`});
  }

  // A message of the bot in the plan's thread.
  async inThread(plan, pattern) {
    return waitFor(async () => (await this.thread(plan.id))
        .find((post) => post.id !== plan.id && post.user_id === this.info.bot.id && pattern.test(plain(post.message))),
    {what: `${pattern} in the thread of ${plan.run}`});
  }

  // Everything that was said before has been dealt with once this is answered.
  async settle() {
    const answer = await this.alice.ask('!status');
    assert.match(answer, /Status/);
  }
}
