// The bot to compare with: the official clients, nothing recorded. Answers "!status" in its thread; "!plan NAME" posts a message with a button
// whose click changes it. node reference/slack.mjs API_URL BOT_TOKEN APP_TOKEN
import {LogLevel, SocketModeClient} from '@slack/socket-mode';
import {WebClient} from '@slack/web-api';

const [slackApiUrl, botToken, appToken] = process.argv.slice(2);
const web = new WebClient(botToken, {slackApiUrl});
const socket = new SocketModeClient({appToken, clientOptions: {slackApiUrl}, logLevel: LogLevel.ERROR});

const plan = (name, state, buttons = []) => ({
  text: `Plan of ${name} · ${state}`,
  blocks: [{type: 'section', text: {type: 'mrkdwn', text: `Plan of ${name} · ${state}`}}, ...buttons],
});
const approve = (name) => ({
  type: 'actions',
  elements: [{type: 'button', action_id: 'approve', value: name, text: {type: 'plain_text', text: 'Approve'}}],
});

socket.on('message', async ({ack, event}) => {
  await ack();
  const [, name] = /^!plan (\S+)$/.exec(event.text ?? '') ?? [];
  if (name) await web.chat.postMessage({channel: event.channel, ...plan(name, 'waiting', [approve(name)])});
  if (event.text === '!status') await web.chat.postMessage({channel: event.channel, thread_ts: event.ts, text: 'Status: everything is fine.'});
});
socket.on('interactive', async ({ack, body}) => {
  await ack();
  const {value} = body.actions[0];
  await web.chat.update({channel: body.channel.id, ts: body.container.message_ts, ...plan(value, 'approved')});
});
await socket.start();
console.log('ready');
