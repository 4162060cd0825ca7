// Where a campaign takes place: replicas that are started again whenever they die, each behind a proxy of its own, one PostgreSQL, one chat; and what
// goes wrong there.
import assert from 'node:assert/strict';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as pass} from 'node:timers/promises';
import {startSandbox, startServe} from './bot.mjs';
import {People} from './campaign_people.mjs';
import {endLeasesOf} from './clock.mjs';
import {preparePostgres, query} from './postgres.mjs';
import {descendants, stillRuns} from './processes.mjs';
import {startProxy} from './proxy.mjs';
import {temporary} from './state.mjs';
import {waitFor} from './wait.mjs';

// What each action does once its trace is in the ledger; `untouched` says, truly, that it did nothing.
const kScripts = {
  quick: '', harmless: '', failing: 'echo "it rains" >&2; exit 1', ambiguous: 'kill -KILL $$', untouched: '',
  hanging: 'until [ -e "$demo/go-${2%%-*}" ]; do sleep 0.1; done',
};

function campaignPacks() {
  const folder = join(temporary('packs'), 'packs');
  const pack = join(folder, 'drill');
  for (const name of ['actions', 'rules']) mkdirSync(join(pack, name), {recursive: true});
  writeFileSync(join(pack, 'pack.yaml'), 'name: drill\ndescription: Actions that go well, badly, and nobody knows how.\nversion: 1.0.0\n');
  for (const [name, then] of Object.entries(kScripts)) {
    const trace = name === 'untouched' ? 'exit 75' : `echo "$1 $2 $COUNTERSIGN_IDEMPOTENCY_KEY" >>"$demo/ledger"\n${then}`;
    writeFileSync(join(pack, 'actions', `${name}.sh`), `#!/bin/sh\nset -u\ndemo=$COUNTERSIGN_STATE_DIR/demo\nmkdir -p "$demo"\n${trace}\n`, {mode: 0o755});
    writeFileSync(join(pack, 'actions', `${name}.yaml`), JSON.stringify({
      name, runner_type: 'command', entry_point: `${name}.sh`, tier: 'mutating', idempotent: name === 'harmless', targets: '{{ host }}', plan: 'none',
      timeout: '10m', rate_limit: {limit: 1_000_000, per: '1h'}, args: [name, '{{ host }}'], not_applied_codes: [75],
      parameters: {host: {type: 'string', required: true}},
    }));
    writeFileSync(join(pack, 'rules', `${name}.yaml`), JSON.stringify({
      name, pack: 'drill', trigger: {type: 'prometheus.alert'},
      criteria: {'trigger.labels.alertname': {type: 'equals', pattern: name}},
      action: {ref: `drill.${name}`, parameters: {host: '{{ trigger.labels.instance }}'}},
      mode: 'live', approval: {roles: ['sre']},
    }));
  }
  return folder;
}

// A process, whoever kills it, is started again; only an end that nobody made is a failure.
class Replica {
  constructor(bot, proxy) {
    this.bot = bot;
    this.proxy = proxy;
    this.environment = {};  // of the next start
    this.watching = this.#watch();
  }

  get name() {
    return readFileSync(join(this.bot.stateDir, 'replica'), 'utf8').trim();
  }

  async #watch() {
    while (!this.done) {
      const {program} = this.bot;
      const {code, signal} = await program.ended;
      program.checkSanitizers();
      this.up = false;
      if (this.done) return;
      assert.ok(signal === 'SIGKILL' || code === 0 || this.starting, `${program.name} ended (${signal ?? code}):\n${program.stderr.slice(-4000)}`);
      const environment = this.environment;
      this.environment = {};
      this.starting = true;
      await this.bot.restart(environment).catch(({message}) => assert.doesNotMatch(message, /Sanitizer|runtime error/));
      this.starting = false;
    }
  }

  signal(name) {
    if (!this.bot.program.end) this.bot.program.signal(name);
  }

  async stop() {
    this.done = true;
    this.proxy.heal();
    this.signal('SIGCONT');
    if (!this.bot.program.end) await this.bot.stop();
    await this.watching;
    await this.proxy.stop();
  }
}

export class World {
  replicas = [];
  waning = [];  // what goes wrong now and will be over

  async start(replicas) {
    this.database = await preparePostgres();
    this.server = await this.database.start({fsync: 'off'});
    this.sandbox = await startSandbox();
    const packs = campaignPacks();
    for (let n = 0; n < replicas; n += 1) {
      const proxy = await startProxy(this.database);
      const bot = await startServe({mattermost: this.sandbox.mattermost, packs, databaseUrl: proxy.url});
      this.replicas.push(new Replica(bot, proxy));
      mkdirSync(join(bot.stateDir, 'demo'), {recursive: true});
    }
    // Who is killed before it has ever noted what it heard does not know later that it was here.
    await waitFor(async () => await this.sql('SELECT count(*) FROM cs.chat_position') !== '0', {what: 'the bot to have been here'});
    this.people = new People(this.replicas[0].bot.chat);
    await this.people.listen();
    return this;
  }

  async stop() {
    this.people?.leave();
    for (const replica of this.replicas) await replica.stop();
    await this.sandbox?.stop();
    this.server?.signal('SIGINT');
    await this.server?.wait();
  }

  replica(number) {
    return this.replicas[number % this.replicas.length];
  }

  sql(text) {
    return query(this.database.url, text);
  }

  async rows(select) {
    return JSON.parse(await this.sql(`SELECT coalesce(json_agg(q), '[]') FROM (${select}) q`));
  }

  ledger() {
    return this.replicas.flatMap(({bot}) => bot.ledger());
  }

  // Lets the hanging actions of a batch end.
  letGo(batch) {
    for (const {bot} of this.replicas) writeFileSync(join(bot.stateDir, 'demo', `go-b${batch}`), '');
  }

  control(path, body) {
    return fetch(`${this.sandbox.mattermost.base_url}/control/${path}`,
        {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)});
  }

  async #killPostgres() {
    if (this.restarting) return this.restarting;
    this.restarting = (async () => {
      const children = descendants(this.server.pid);
      this.server.signal('SIGKILL');
      await this.server.wait();
      await waitFor(() => !children.some(stillRuns), {what: 'the children of PostgreSQL to be gone'});
      this.server = await this.database.start({fsync: 'off'});
      this.restarting = undefined;
    })();
    return this.restarting;
  }

  // Something goes wrong, for a while or for good; this returns at once.
  strike(fault) {
    const replica = this.replica(fault.replica);
    const {proxy} = replica;
    const forAWhile = (after) => pass(fault.lasts).then(after);
    const kinds = {
      kill: () => {
        if (fault.point) replica.environment = {COUNTERSIGN_CRASH_AT: fault.point, COUNTERSIGN_CRASH_AFTER: String(fault.passes)};
        replica.signal('SIGKILL');
      },
      leave: () => replica.signal('SIGINT'),
      pause: () => {
        replica.signal('SIGSTOP');
        return forAWhile(() => replica.signal('SIGCONT'));
      },
      zombie: () => {
        replica.signal('SIGSTOP');
        return Promise.all([
          endLeasesOf((text) => this.sql(text), replica.name).catch(() => undefined),  // there may be no database just now
          forAWhile(() => replica.signal('SIGCONT')),
        ]);
      },
      cutCommit: () => {
        const cut = proxy.cut(fault.where, {nth: fault.nth});
        return cut.struck.then(() => forAWhile(cut.release));
      },
      cutBytes: () => void proxy.cutAtByte(fault.byte),
      cutAll: () => proxy.cutAll(),
      stall: () => {
        proxy.stall();
        return forAWhile(() => proxy.flow());
      },
      noDatabase: () => {
        proxy.refuses = true;
        proxy.cutAll();
        return forAWhile(() => {
          proxy.refuses = false;
        });
      },
      killPostgres: () => this.#killPostgres(),
      chatRefuses: () => this.control('rest/refuse', {count: fault.calls, status: fault.status, user: 'countersign'}),
      chatCut: () => this.control('sockets/cut', {user: 'countersign'}),
    };
    const over = kinds[fault.kind]();
    if (over && fault.kind !== 'cutCommit') this.waning.push(over);
  }

  // Nothing goes wrong any more. What is armed in the processes may still kill them.
  async heal() {
    await Promise.all(this.waning.splice(0));
    await this.restarting;
    for (const {proxy} of this.replicas) proxy.heal();
  }
}
