// Connections that take up room at the door: some that send a byte a second, and many that have asked something and say nothing more. One that is
// closed comes again.
import {readFileSync} from 'node:fs';
import {connect} from 'node:net';
import {waitFor} from '../../e2e/support/wait.mjs';

const kAtOnce = 200;
const kBetweenBytes = 1_000;
const kSpare = 512;      // descriptors for everything else, and connections for honest senders
const kDoor = 10_000;    // connections that the bot keeps (adapters/net/http_server.h)
const kSlow = 'POST /hooks/gh HTTP/1.1\r\nHost: slow\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n';
const kGreeting = 'GET /healthz HTTP/1.1\r\nHost: idle\r\n\r\n';

const mayOpen = (pid) => Number(/Max open files\s+(\d+)/.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))[1]);

class Dawdler {
  // `greeting` goes at once, `text` a byte at a time.
  constructor(port, {greeting = '', text = ''}, crowd) {
    Object.assign(this, {port, greeting, text, crowd});
    this.come();
  }

  come() {
    this.at = 0;
    this.socket = connect(this.port, '127.0.0.1').on('error', () => {}).resume();
    this.socket.on('connect', () => {
      this.crowd.here.add(this);
      this.socket.write(this.greeting);
    });
    this.socket.on('close', () => {
      this.crowd.here.delete(this);
      if (!this.crowd.over) setTimeout(() => this.crowd.over || this.come(), kBetweenBytes);
    });
  }

  step() {
    if (this.at < this.text.length && this.socket.writable) this.socket.write(this.text[this.at]);
    this.at += 1;
  }
}

// `size`: how many there are now.
export async function startCrowd(port, pid, {slow, idle}) {
  const room = Math.min(kDoor, mayOpen(pid), mayOpen('self')) - kSpare;
  const count = Math.min(slow + idle, room);
  const crowd = {here: new Set(), over: false};
  const all = [];
  while (all.length < count) {
    for (let i = 0; i < kAtOnce && all.length < count; i += 1) all.push(new Dawdler(port, all.length < slow ? {text: kSlow} : {greeting: kGreeting}, crowd));
    await waitFor(() => crowd.here.size >= all.length * 0.95, {what: 'the crowd to come'});
  }
  const steps = setInterval(() => all.slice(0, slow).forEach((one) => one.step()), kBetweenBytes);
  return {
    get size() {
      return crowd.here.size;
    },
    async stop() {
      crowd.over = true;
      clearInterval(steps);
      for (const {socket} of all) socket.destroy();
    },
  };
}
