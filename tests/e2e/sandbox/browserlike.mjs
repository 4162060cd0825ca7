// What the official client expects of a browser and Node 18 lacks. Import it before the client.
import {createRequire} from 'node:module';
import WebSocket from 'ws';

globalThis.window ??= new EventTarget();
globalThis.WebSocket = WebSocket;
globalThis.CloseEvent ??= class extends Event {
  constructor(type, {code = 1000, wasClean = false} = {}) {
    super(type);
    Object.assign(this, {code, wasClean});
  }
};

const require = createRequire(import.meta.url);
const {Client4, WebSocketClient} = require('@mattermost/client');

// REST with one person's token.
export function clientFor(sandbox, person) {
  const client = new Client4();
  client.setUrl(sandbox.base_url);
  if (person) client.setToken(person.token);
  return client;
}

// The official socket, with a list of what it heard and a way to wait for more.
export class Ears {
  constructor(sandbox, person) {
    this.heard = [];
    this.waiting = [];
    this.missed = 0;
    this.socket = new WebSocketClient({minWebSocketRetryTime: 10, reconnectJitterRange: 10});
    this.socket.addMessageListener((event) => {
      this.heard.push(event);
      this.look();
    });
    this.socket.addMissedMessageListener(() => {
      this.missed += 1;
      this.look();
    });
    const quiet = console.log;  // the client reports every step
    console.log = () => {};
    this.restore = () => {
      console.log = quiet;
    };
    this.socket.initialize(sandbox.ws_url, person.token);
  }

  look() {
    this.waiting = this.waiting.filter(({test, resolve}) => {
      const found = test(this);
      if (found) resolve(found);
      return !found;
    });
  }

  // Resolves with the first true answer of `test(this)`; the test runner's timeout ends a wait in vain.
  until(test) {
    return new Promise((resolve) => {
      this.waiting.push({test, resolve});
      this.look();
    });
  }

  event(name, fits = () => true) {
    return this.until(({heard}) => heard.find((one) => one.event === name && fits(one)));
  }

  close() {
    this.socket.close();
    this.restore();
  }
}
