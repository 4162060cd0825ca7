// How long people wait in chat: from a command to the answer that another person sees, and from a click to the changed message, over both
// adapters against the sandbox; beside a bot of forty lines on the platform's own client, in the same run. Ours commits before it answers,
// that one remembers nothing. node tests/bench/chat.mjs [ROUNDS]; COUNTERSIGN_BINARY, default the release build.
import {createRequire} from 'node:module';
import WebSocket from 'ws';
import {startDemo} from '../e2e/support/bot.mjs';
import {binary} from '../e2e/support/program.mjs';
import {Slack, textOf} from '../e2e/support/slack.mjs';

const kRounds = Number(process.argv[2] ?? 200);
const kStorm = 2000;
const require = createRequire(import.meta.url);

const sorted = (values) => [...values].sort((a, b) => a - b);
const percentile = (values, p) => sorted(values)[Math.min(values.length - 1, Math.floor((values.length * p) / 100))];
const show = (values) => `p50 ${percentile(values, 50).toFixed(1)} ms, p99 ${percentile(values, 99).toFixed(1)} ms`;

// Bob's eyes: everything that his client is told, as text; `see(test)` resolves with the time when something fits.
class Eyes {
  constructor(info, token) {
    this.waiting = new Set();
    this.socket = new WebSocket(info.ws_url, {headers: {Authorization: `Bearer ${token}`}});
    this.socket.on('message', (data) => {
      const now = performance.now();
      const frame = JSON.parse(String(data));
      if (frame.event !== 'posted' && frame.event !== 'post_edited') return;
      const post = JSON.parse(frame.data.post);
      for (const waiting of this.waiting) if (waiting.test(post, frame.event)) waiting.resolve({now, post});
    });
    this.open = new Promise((resolve, reject) => this.socket.once('open', resolve).once('error', reject));
  }

  see(test) {
    return new Promise((resolve, reject) => {
      const waiting = {test, resolve: (seen) => { clearTimeout(timer); this.waiting.delete(waiting); resolve(seen); }};
      const timer = setTimeout(() => reject(new Error('nothing to be seen for 20 s')), 20_000);
      this.waiting.add(waiting);
    });
  }
}

async function measure(act, eyes, test) {
  const seen = eyes.see(test);
  const start = performance.now();
  await act();
  return (await seen).now - start;
}

// The page's interface of either half tells people what happens: Mattermost's REST and WebSocket.
async function mattermostSide(bot) {
  const {mattermost} = bot.info;
  const eyes = new Eyes(mattermost, mattermost.users.bob.token);
  await eyes.open;
  return {
    eyes,
    say: (text) => bot.chat.alice.say(text),
    click: (post, action) => bot.chat.alice.click(post, action),
    async reference() {
      const {Client4, WebSocketClient} = require('@mattermost/client');
      globalThis.WebSocket = WebSocket;
      const client = new Client4();
      client.setUrl(mattermost.base_url);
      client.setToken(mattermost.users.carol.token);
      const socket = new WebSocketClient();
      socket.addMessageListener(async ({event, data}) => {
        if (event !== 'posted') return;
        const post = JSON.parse(data.post);
        if (!post.message.startsWith('?ping')) return;
        await client.createPost({channel_id: post.channel_id, root_id: post.root_id || post.id, message: `pong ${post.message}`});
      });
      socket.initialize(mattermost.ws_url, mattermost.users.carol.token);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return () => socket.close();
    },
  };
}

async function slackSide(bot) {
  const {slack} = bot.info;
  const person = new Slack(slack);
  const eyes = new Eyes({ws_url: slack.page.replace(/^http/, 'ws') + 'api/v4/websocket'}, slack.users.bob.token);
  await eyes.open;
  return {
    eyes,
    say: (text) => person.alice.say(text),
    click: (post, action) => person.alice.click({ts: post.props?.slack_ts ?? post.ts, buttons: [action]}, action),
    async reference() {
      const {SocketModeClient} = require('@slack/socket-mode');
      const {WebClient} = require('@slack/web-api');
      const web = new WebClient(slack.bot_token, {slackApiUrl: slack.api_url});
      const socket = new SocketModeClient({appToken: slack.app_token, clientOptions: {slackApiUrl: slack.api_url}});
      socket.on('slack_event', async ({ack, body}) => {
        await ack();
        const event = body?.event;
        if (event?.type !== 'message' || !event.text?.startsWith('?ping')) return;
        await web.chat.postMessage({channel: event.channel, thread_ts: event.thread_ts ?? event.ts, text: `pong ${event.text}`});
      });
      await socket.start();
      return () => socket.disconnect();
    },
  };
}
