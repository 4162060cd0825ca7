// The people of a campaign: they do about each plan and question what was drawn for it, as soon as they see it, and again when asked to insist.
import WebSocket from 'ws';
import {planOf, plain, buttonsOf} from './chat.mjs';

const quietly = (promise) => promise.catch(() => undefined);

export class People {
  plans = new Map();      // by run: the newest plan's message as it reads now
  questions = new Map();  // by run: the newest message that asks what happened
  #rounds = new Map();    // by target and action
  #acted = new Set();     // messages
  #rerun = new Set();     // runs: nobody orders the same thing a third time
  #pressed = new Set();   // messages whose button is being pressed

  constructor(chat) {
    this.chat = chat;
  }

  // Hears everything that is posted and edited.
  listen() {
    this.socket = new WebSocket(this.chat.info.ws_url, {headers: {Authorization: `Bearer ${this.chat.carol.token}`}});
    this.socket.on('message', (data) => {
      const frame = JSON.parse(String(data));
      if (frame.event === 'posted' || frame.event === 'post_edited') this.see(JSON.parse(frame.data.post));
    });
    return new Promise((resolve, reject) => this.socket.once('open', resolve).once('error', reject));
  }

  leave() {
    this.socket?.terminate();
  }

  expect(round) {
    const key = `${round.target} drill.${round.action}`;
    if (!this.#rounds.has(key)) this.#rounds.set(key, round);
  }

  roundOf({target, action}) {
    return this.#rounds.get(`${target} ${action}`);
  }

  see(post) {
    const plan = planOf(post);
    if (plan) {
      const known = this.plans.get(plan.run);
      if (!known || known.id === plan.id || known.post.create_at < post.create_at) this.plans.set(plan.run, plan);
      const round = this.roundOf({target: plan.targets, action: plan.action});
      if (round && plan.state === 'waiting for approval' && this.first(post.id)) this.act(plan, known && known.id !== plan.id ? round.rerun : round.act, round);
    }
    const asked = /What happened to (R\d+)\?/.exec(plain(post.message))?.[1];
    if (!asked || !buttonsOf(post).includes('happened')) return;
    this.questions.set(asked, post);
    const about = this.plans.get(asked);
    const round = about && this.roundOf({target: about.targets, action: about.action});
    if (round && this.first(post.id)) this.settle(asked, round);
  }

  first(post) {
    return !this.#acted.has(post) && Boolean(this.#acted.add(post));
  }

  vote(person, plan, yes, emoji) {
    if (emoji) return quietly(person.react(plan, yes ? '+1' : '-1'));
    return quietly(person.click(plan, yes ? 'approve' : 'deny'));
  }

  async act(plan, act, {by, emoji}) {
    const {alice, bob, carol} = this.chat;
    const [one, other] = by ? [alice, bob] : [bob, alice];
    const vote = (person, yes) => this.vote(person, plan, yes, emoji);
    const cancel = () => quietly(other.say(`!cancel ${plan.run}`));
    await Promise.all({
      approve: () => [vote(one, true)],
      double: () => [vote(one, true), vote(one, true), vote(one, true)],
      both: () => [vote(one, true), vote(other, true)],
      quarrel: () => [vote(one, true), vote(other, false)],
      deny: () => [vote(one, false)],
      cancel: () => [cancel()],
      approveAndCancel: () => [vote(one, true), cancel()],
      stranger: () => [vote(carol, true)],
      nobody: () => [],
    }[act]());
  }

  async settle(run, round) {
    const {alice, bob} = this.chat;
    const choice = round.settled === 'rerun' && this.#rerun.has(run) ? 'happened' : round.settled;
    this.#rerun.add(run);
    await quietly((round.by ? alice : bob).click(this.questions.get(run), choice));
  }

  // What is still open after all: once more, and plainly. The answer to a click may take long.
  async insist({run, state, target, action}) {
    const round = this.roundOf({target, action});
    const message = state === 'unknown' ? this.questions.get(run) : this.plans.get(run);
    const button = {unknown: 'happened', awaiting_approval: round.act === 'deny' ? 'deny' : 'approve'}[state];
    if (!message || !button || this.#pressed.has(message.id)) return;
    this.#pressed.add(message.id);
    await quietly((round.by ? this.chat.alice : this.chat.bob).click(message, button));
    this.#pressed.delete(message.id);
  }

  leaves(round) {
    return round?.act === 'nobody';
  }
}
