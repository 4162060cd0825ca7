// The bot to compare with: the official client, nothing recorded. Answers "!status" in its thread; "!plan NAME" posts a message with a button
// whose click changes it. node reference/mattermost.mjs BASE_URL TOKEN
import {createServer} from 'node:http';
import {createRequire} from 'node:module';
import WebSocket from 'ws';

const {Client4, WebSocketClient} = createRequire(import.meta.url)('@mattermost/client');
const [baseUrl, token] = process.argv.slice(2);
const client = new Client4();
client.setUrl(baseUrl);
client.setToken(token);

const clicks = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => { body += chunk; });
  request.on('end', () => {
    const {context} = JSON.parse(body);
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({update: {message: `Plan of ${context.name} · approved`, props: {}}}));
  });
});
await new Promise((resolve) => clicks.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${clicks.address().port}/`;

const plan = (name) => ({attachments: [{text: 'Approve?', actions: [{id: 'approve', name: 'Approve', integration: {url, context: {name}}}]}]});

// The client is made for browsers.
Object.assign(globalThis, {WebSocket, window: {addEventListener() {}, removeEventListener() {}}});
const socket = new WebSocketClient();
socket.addMessageListener(({event, data}) => {
  if (event !== 'posted') return;
  const {id, channel_id, message} = JSON.parse(data.post);
  const [, name] = /^!plan (\S+)$/.exec(message) ?? [];
  if (name) client.createPost({channel_id, message: `Plan of ${name} · waiting`, props: plan(name)});
  if (message === '!status') client.createPost({channel_id, root_id: id, message: 'Status: everything is fine.'});
});
socket.addFirstConnectListener(() => console.log('ready'));
socket.initialize(`${baseUrl.replace(/^http/, 'ws')}/api/v4/websocket`, token);
