// Several bots on one database and in one chat, with alerts that come to whichever of them takes them.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {alert} from './alerts.mjs';
import {drillPacks, startSandbox, startServe} from './bot.mjs';
import {preparePostgres} from './postgres.mjs';
import {waitFor} from './wait.mjs';

const kPatience = 180_000;

export async function startFleet() {
  const database = await preparePostgres();
  const server = await database.start();
  const sandbox = await startSandbox();
  return new Fleet(database, server, sandbox);
}

class Fleet {
  constructor(database, server, sandbox) {
    Object.assign(this, {database, server, sandbox, packs: drillPacks(), bots: []});
  }

  async start(options = {}) {
    const bot = await startServe({mattermost: this.sandbox.mattermost, packs: this.packs, databaseUrl: this.database.url, ...options});
    this.bots.push(bot);
    this.chat = this.bots[0].chat;
    return bot;
  }

  async stop() {
    for (const bot of this.bots) if (!bot.program.end) await bot.stop();
    await this.sandbox.stop();
    this.server.signal('SIGINT');
    await this.server.wait();
  }

  sql(query) {
    return execFileSync('psql', [this.database.url, '-XAtc', query], {encoding: 'utf8'}).trim();
  }

  replicaOf(bot) {
    return readFileSync(join(bot.stateDir, 'replica'), 'utf8').trim();
  }

  botOf(replica) {
    return this.bots.find((bot) => this.replicaOf(bot) === replica);
  }

  // To any of them that takes it, as a balancer would; the first choice is the n-th.
  deliver(instance, n = 0, alertname = 'quick') {
    return waitFor(async () => {
      for (let i = 0; i < this.bots.length; i += 1) {
        const bot = this.bots[(n + i) % this.bots.length];
        const answer = await bot.deliver(alert({alertname, instance})).catch(() => undefined);
        if (answer?.status < 300) return true;
      }
      return false;
    }, {what: `somebody to take the alert of ${instance}`});
  }

  async deliverAll(prefix, count) {
    for (let n = 0; n < count; n += 1) await this.deliver(`${prefix}${n}`, n);
  }

  // One plan for each alert, approved; each succeeds; each ran once and was told once.
  async eachRunsOnce(prefix, count) {
    const mine = async () => (await this.chat.plans()).filter(({targets}) => targets.startsWith(prefix));
    const plans = await waitFor(async () => {
      const now = await mine();
      return now.length >= count && now;
    }, {what: `${count} plans for ${prefix}`, timeout: kPatience});
    assert.equal(plans.length, count);
    assert.equal(new Set(plans.map(({targets}) => targets)).size, count);
    for (const plan of plans) await this.chat.bob.react(plan, '+1');
    await waitFor(async () => {
      const left = (await mine()).filter(({state}) => state !== 'succeeded');
      if (left.length > 0) throw new Error(left.map(({run, state}) => `${run} ${state}`).join(', '));
      return true;
    }, {what: `all of ${prefix} to succeed`, timeout: kPatience});
    const done = this.bots.flatMap((bot) => bot.ledger()).filter(({target}) => target.startsWith(prefix)).map(({target}) => target);
    assert.deepEqual(done.sort(), plans.map(({targets}) => targets).sort());
    for (const plan of plans) {
      const results = await waitFor(async () => {
        const told = (await this.chat.thread(plan.id)).filter(({message}) => message.includes(`${plan.targets}: done`));
        return told.length > 0 && told;
      }, {what: `the result of ${plan.run}`});
      assert.equal(results.length, 1, `the results of ${plan.run}`);
    }
  }
}
