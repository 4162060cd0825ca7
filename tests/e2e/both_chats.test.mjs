// One bot in Mattermost and in Slack: a plan stands in both, a vote in either counts, a person counts once.
import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {startDemo} from './support/bot.mjs';
import {Slack} from './support/slack.mjs';
import {waitFor} from './support/wait.mjs';

describe('a bot in two chats', () => {
  let bot, chat, slack;

  before(async () => {
    bot = await startDemo({chat: 'both'});
    chat = bot.chat;
    slack = new Slack(bot.info.slack);
    await chat.listen();
  });

  after(async () => {
    chat?.leave();
    await bot?.stop();
  });

  test('posts the plan of an alert in both; a vote in Slack shows in Mattermost', async () => {
    await bot.alert({instance: 'web-3'});
    const here = await chat.plan('web-3', 'waiting for approval');
    const there = await slack.plan('web-3', 'waiting for approval');
    assert.equal(here.run, there.run);
    await slack.bob.click(there, 'approve');
    const done = await chat.becomes(here, 'succeeded');
    assert.match(done.text, /Approved by @bob/);
    await slack.becomes(there, 'succeeded');
    await chat.inThread(here, /succeeded/);
    await slack.inThread(there, /succeeded/);
    assert.equal(bot.ledger('web-3').length, 1);
  });

  test('counts people, not accounts: alice cannot be two of two', async () => {
    await bot.alert({instance: 'web-2'});
    const here = await chat.plan('web-2', 'waiting for approval');
    const there = await slack.plan('web-2', 'waiting for approval');
    await slack.alice.react(there, 'white_check_mark');
    await chat.alice.click(here, 'approve').catch(() => {});
    await chat.becomes(here, 'succeeded');
    const {approvals} = await bot.run(here.run);
    assert.deepEqual(approvals[0].approvers, ['person:alice']);
    await waitFor(() => bot.ledger('web-2').length === 1, {what: 'its effect'});
  });
});
