// Two people in two browsers, in each chat: asked for, approved, explained, and short enough for a phone. COUNTERSIGN_SCREENSHOTS=1 remakes the pictures in docs/images.
import assert from 'node:assert/strict';
import {existsSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {chromium} from 'playwright-core';
import {startDemo} from './support/bot.mjs';
import {kRepository} from './support/program.mjs';

const kBrowser = process.env.CHROMIUM ?? '/usr/bin/chromium';
const kPatience = 120_000;
const kPictures = join(kRepository, 'docs', 'images');

for (const kind of ['mattermost', 'slack']) describe(`two people in two browsers, in ${kind}`, {skip: existsSync(kBrowser) ? false : `${kBrowser} is not installed`}, () => {
  let bot, browser, alice, bob;
  const complaints = [];

  // Somebody at a machine of their own, in #ops.
  async function sit(name, viewport = {width: 1280, height: 800}) {
    const context = await browser.newContext({viewport, locale: 'en-GB', timezoneId: 'UTC'});
    const page = await context.newPage();
    page.setDefaultTimeout(kPatience);
    page.on('pageerror', (error) => complaints.push(`${name}: ${error.message}`));
    await page.goto(`${bot.info.page}?as=${name}&channel=ops`);
    await page.locator('[data-online=true]').waitFor();
    return page;
  }

  async function picture(page, name) {
    if (!process.env.COUNTERSIGN_SCREENSHOTS) return;
    mkdirSync(kPictures, {recursive: true});
    await page.mouse.move(page.viewportSize().width / 2, 5);
    await page.screenshot({path: join(kPictures, `${kind}-${name}.png`)});
  }

  async function type(page, composer, text) {
    await page.getByTestId(composer).fill(text);
    await page.getByTestId(composer).press('Enter');
  }

  // The message of a plan; by its id from then on, to see that it is the same one.
  async function planIn(page, text) {
    const found = page.getByTestId('messages').locator('article').filter({hasText: text}).filter({has: page.getByTestId('button-approve')});
    await found.waitFor();
    const id = await found.getAttribute('data-post-id');
    return {id, message: page.getByTestId(`message-${id}`)};
  }

  async function openThread(page, {id, message}) {
    await message.hover();
    await message.getByTestId(`reply-${id}`).click();
    await page.getByTestId('thread-panel').waitFor();
  }

  // The bot's answers in the open thread.
  const answers = (page) => page.getByTestId('thread-panel').locator('article');

  before(async () => {
    bot = await startDemo({chat: kind});
    browser = await chromium.launch({executablePath: kBrowser, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync']});
    alice = await sit('alice');
    bob = await sit('bob');
  });

  after(async () => {
    await browser?.close();
    await bot?.stop();
  });

  test('an alert: alice reads why, bob approves, the message changes in place, and the thread tells the result', async () => {
    await bot.alert({instance: 'web-3'});
    const plan = await planIn(alice, /ops\.rotate_logs on web-3/);
    await openThread(alice, plan);
    await type(alice, 'thread-composer', 'web-3 again. The access log grows by 2 GB a day. @bob, shall we?');
    await answers(alice).filter({hasText: 'shall we?'}).waitFor();
    const seenByBob = await planIn(bob, /ops\.rotate_logs on web-3/);
    await openThread(bob, seenByBob);
    await type(bob, 'thread-composer', 'Yes. Let me see the plan first.');
    await answers(alice).filter({hasText: 'see the plan first'}).waitFor();
    await picture(alice, 'plan');

    await seenByBob.message.getByTestId('button-approve').click();
    await plan.message.filter({hasText: 'succeeded'}).waitFor();
    assert.equal(await plan.message.getByTestId('button-approve').count(), 0);
    assert.match(await plan.message.innerText(), /Approved by\s+@bob/);
    await answers(alice).filter({hasText: 'web-3: rotated access.log to access.log.1'}).waitFor();
    assert.equal(bot.ledger('web-3').length, 1);

    await type(alice, 'thread-composer', 'why did this run?');
    const why = answers(alice).filter({hasText: /Rule ops\.restart_on_disk_full matched/});
    await why.waitFor();
    const text = await why.innerText();
    assert.match(text, /the event says "?DiskAlmostFull"?/);
    assert.match(text, /@bob approved by button/);
    await picture(alice, 'approved');
  });

  test('a request: alice types it, bob approves it in his browser, and alice asks why it ran', async () => {
    await alice.getByTestId('thread-close').click();
    await type(alice, 'composer', '!remediate ops.rotate_logs host=web-1');
    const plan = await planIn(alice, /ops\.rotate_logs on web-1/);
    const seenByBob = await planIn(bob, /ops\.rotate_logs on web-1/);
    assert.equal(seenByBob.id, plan.id);
    await seenByBob.message.getByTestId('button-approve').click();
    for (const view of [plan, seenByBob]) {
      await view.message.filter({hasText: 'succeeded'}).waitFor();
      assert.equal(await view.message.getByTestId('button-approve').count(), 0);
    }
    await openThread(alice, plan);
    await type(alice, 'thread-composer', 'why did this run?');
    const why = answers(alice).filter({hasText: 'typed: !remediate ops.rotate_logs host=web-1'});
    await why.waitFor();
    assert.match(await why.innerText(), /asked for by @alice/);
    assert.equal(bot.ledger('web-1').length, 1);
  });

  test('a click that is refused is told to the clicker alone', async () => {
    await bot.alert({instance: 'web-2'});
    const carol = await sit('carol');
    const plan = await planIn(carol, /ops\.rotate_logs on web-2/);
    await plan.message.getByTestId('button-approve').click();
    const refusal = (page) => page.locator('article').filter({hasText: 'You may not approve this: it needs sre'});
    await refusal(carol).first().waitFor({state: 'attached'});
    await planIn(bob, /ops\.rotate_logs on web-2/);
    assert.equal(await refusal(bob).count(), 0);
    await plan.message.getByTestId('button-approve').waitFor();
    assert.deepEqual(bot.ledger('web-2'), []);
  });

  test('nothing is longer than the screen of a phone', async () => {
    const phone = {width: 390, height: 844};
    const carol = await sit('carol', phone);
    for (const [command, title] of [['!help', 'What I can do'], ['!status', 'Status'], ['!help remediate', '!remediate']]) {
      await type(carol, 'composer', command);
      const asked = carol.getByTestId('messages').locator('article').filter({hasText: command}).last();
      await asked.waitFor();
      const id = await asked.getAttribute('data-post-id');
      await carol.getByTestId(`replies-${id}`).click();
      const answer = answers(carol).filter({hasText: title}).last();
      await answer.waitFor();
      const {height} = await answer.boundingBox();
      assert.ok(height < phone.height, `the answer to ${command} is ${height} high`);
      await picture(carol, `phone-${title.toLowerCase().replace(/\W+/g, '-').replace(/^-/, '')}`);
      await carol.getByTestId('thread-close').click();
    }
    for (const message of await carol.getByTestId('messages').locator('article').all()) {
      const {height} = await message.boundingBox();
      assert.ok(height < phone.height, `${height} high: ${await message.innerText()}`);
    }
    await picture(carol, 'phone');
  });

  test('and the page had nothing to complain about', () => {
    assert.deepEqual(complaints, []);
  });
});
