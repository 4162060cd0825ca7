// Stands between the bot and its PostgreSQL and knows just enough of the protocol to lose a connection at a chosen moment: at the COMMIT of a
// chosen transaction, at a chosen byte, or by saying nothing for a while.
import {connect, createServer} from 'node:net';

const kAsksForEncryption = new Set([80877103, 80877104]);

// Where a COMMIT is lost. The bot hears nothing more in any of them but `middle`, where it hears half of the answer.
//   before    it never reaches the server, which rolls back
//   sent      it reaches the server; the bot's end is closed at once
//   answered  the server has committed and answered
//   middle    the same, and half of the answer comes through
//   late      the bot's end is closed first; the server hears COMMIT when release() is called
// A statement that stands in no transaction commits with the Sync that follows it: that is its COMMIT.
export const kCuts = ['before', 'sent', 'answered', 'middle', 'late'];

// The whole messages in a stream of bytes. What a client says first has no type.
class Messages {
  #rest = Buffer.alloc(0);

  constructor({typed}) {
    this.typed = typed;
  }

  * read(chunk) {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const head = this.typed ? 1 : 0;
      if (this.#rest.length < head + 4) return;
      const size = head + this.#rest.readUInt32BE(head);
      if (this.#rest.length < size) return;
      const raw = this.#rest.subarray(0, size);
      this.#rest = this.#rest.subarray(size);
      yield {type: head ? String.fromCharCode(raw[0]) : '', body: raw.subarray(head + 4), raw};
    }
  }
}

const cString = (bytes, from = 0) => bytes.toString('latin1', from, bytes.indexOf(0, from));

// What has run in it so far: [{name, said, tag}], where `said` are the bytes of the parameters and `tag` is the server's "UPDATE 1".
class Transaction {
  statements = [];

  ran(name, said = '') {
    return this.statements.some((one) => one.name === name && one.said.includes(said));
  }

  get shape() {
    return this.statements.map(({name, tag}) => `${name} ${tag}`).join(', ');
  }
}

// One connection of the bot.
class Link {
  constructor(proxy, client) {
    this.proxy = proxy;
    this.client = client;
    this.server = connect(proxy.target, '127.0.0.1');
    this.transaction = new Transaction();
    this.asked = new Messages({typed: false});
    this.answers = new Messages({typed: true});
    client.on('data', (chunk) => proxy.pass(() => this.fromClient(chunk)));
    this.server.on('data', (chunk) => proxy.pass(() => this.fromServer(chunk)));
    for (const socket of [client, this.server]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.close());
      socket.on('close', () => proxy.pass(() => this.close()));
    }
  }

  close() {
    this.proxy.links.delete(this);
    this.client.destroy();
    if (!this.lost) this.server.destroy();  // otherwise it still has a COMMIT to hear or to answer
  }

  fromClient(chunk) {
    for (const message of this.asked.read(chunk)) {
      if (!this.asked.typed && kAsksForEncryption.has(message.body.readUInt32BE(0))) {
        this.client.write('N');
        continue;
      }
      this.asked.typed = true;
      if (this.lost || this.held(message)) return;
      this.server.write(message.raw);
    }
  }

  // Looks at what the bot says; true: it does not go on from here.
  held({type, body, raw}) {
    if (type === 'B') {
      if (!this.begun) this.fresh();
      const name = cString(body, body.indexOf(0) + 1);
      this.transaction.statements.push({name, said: body.toString('latin1'), tag: ''});
    }
    const text = type === 'Q' ? cString(body) : '';
    if (/^BEGIN/i.test(text)) {
      this.fresh();
      this.begun = true;
    }
    const alone = type === 'S' && !this.begun && !this.over && this.transaction.statements.length > 0;
    const fault = (alone || /^COMMIT/i.test(text)) && this.proxy.faultAt(this.transaction);
    if (alone || /^(COMMIT|ROLLBACK)/i.test(text)) this.ended();
    return fault ? this.lose(fault, raw) : false;
  }

  fresh() {
    this.transaction = new Transaction();
    this.over = false;
  }

  // What it said stays until the next begins: its answers are still to come.
  ended() {
    this.begun = false;
    this.over = true;
  }

  lose({where, struck, released}, commit) {
    this.lost = where;
    const heard = () => struck(this.transaction);
    if (where === 'before') {
      this.server.destroy();
      this.client.destroy();
      heard();
    } else if (where === 'late') {
      this.client.destroy();
      released.then(() => this.server.write(commit));
      heard();
    } else {
      this.server.write(commit);
      if (where === 'sent') this.client.destroy();
      if (where === 'sent') heard();
      else this.struck = heard;
    }
    return true;
  }

  fromServer(chunk) {
    if (this.lost) return this.lastAnswer(chunk);
    for (const {type, body} of this.answers.read(chunk)) {
      const last = this.transaction.statements.at(-1);
      if (type === 'C' && last && !last.tag) last.tag = cString(body);
    }
    const room = this.proxy.countBytes(chunk.length);
    if (room === undefined) return void this.client.write(chunk);
    this.client.end(chunk.subarray(0, room));
    this.server.destroy();
  }

  lastAnswer(chunk) {
    if (this.lost === 'middle') this.client.end(chunk.subarray(0, chunk.length >> 1));
    else this.client.destroy();
    this.server.destroy();
    this.struck?.();
  }
}

class Proxy {
  links = new Set();
  commits = [];   // the shapes of all that passed
  #faults = [];
  #held;          // while it stalls: what waits
  #bytes;         // {left, struck}: to the byte at which a connection breaks

  constructor(target) {
    this.target = target;
    this.listener = createServer((client) => {
      if (this.refuses) return void client.destroy();
      this.links.add(new Link(this, client));
    });
  }

  // Loses the nth COMMIT of those `of` says yes to. {struck: a promise of its transaction, release(), disarm()}.
  cut(where, {of = () => true, nth = 1} = {}) {
    const fault = {where, of, left: nth};
    const struck = new Promise((resolve) => {
      fault.struck = resolve;
    });
    fault.released = new Promise((resolve) => {
      fault.release = resolve;
    });
    this.#faults.push(fault);
    return {struck, release: fault.release, disarm: () => this.#forget(fault)};
  }

  #forget(fault) {
    const at = this.#faults.indexOf(fault);
    if (at < 0) return false;
    this.#faults.splice(at, 1);
    return true;
  }

  faultAt(transaction) {
    this.commits.push(transaction.shape);
    for (const fault of this.#faults) {
      if (!fault.of(transaction)) continue;
      fault.left -= 1;
      if (fault.left > 0) continue;
      this.#forget(fault);
      return fault;
    }
    return undefined;
  }

  // Breaks the connection on which the nth byte from now comes back, just before that byte. A promise.
  cutAtByte(nth) {
    return new Promise((struck) => {
      this.#bytes = {left: nth, struck};
    });
  }

  // How many of these bytes may still come through; undefined: all, and more.
  countBytes(size) {
    const armed = this.#bytes;
    if (!armed) return undefined;
    if (armed.left > size) {
      armed.left -= size;
      return undefined;
    }
    this.#bytes = undefined;
    armed.struck();
    return armed.left - 1;
  }

  // Nothing passes, in either direction, until flow().
  stall() {
    this.#held ??= [];
  }

  // How much waits.
  get waiting() {
    return this.#held?.length ?? 0;
  }

  flow() {
    const waiting = this.#held ?? [];
    this.#held = undefined;
    for (const go of waiting) go();
  }

  pass(go) {
    if (this.#held) this.#held.push(go);
    else go();
  }

  // Ends all connections. While `refuses` is set no new ones are taken.
  cutAll() {
    for (const link of [...this.links]) link.close();
  }

  // No fault is armed any more, and everything passes.
  heal() {
    this.#faults = [];
    this.#bytes = undefined;
    this.refuses = false;
    this.flow();
  }

  stop() {
    this.heal();
    for (const link of [...this.links]) {
      link.lost = undefined;
      link.close();
    }
    return new Promise((resolve) => this.listener.close(resolve));
  }
}

// Between here and the PostgreSQL at that port; `url` is what the bot is told.
export async function startProxy({port}) {
  const proxy = new Proxy(port);
  await new Promise((resolve) => proxy.listener.listen(0, '127.0.0.1', resolve));
  proxy.port = proxy.listener.address().port;
  proxy.url = `postgresql://tester@127.0.0.1:${proxy.port}/postgres`;
  return proxy;
}
