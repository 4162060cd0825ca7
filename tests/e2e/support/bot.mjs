// A running bot: the demo, or `serve` with a configuration and packs of the test's own beside a sandbox that outlives it.
import {cpSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {alert, deliver} from './alerts.mjs';
import {Chat} from './chat.mjs';
import {kRepository, Program, run} from './program.mjs';
import {freePort, ledger, ledgerOf, temporary} from './state.mjs';
import {waitFor} from './wait.mjs';

class Bot {
  // `launch(env)` starts the program and returns {program, info}; the info is what `demo --json` prints.
  constructor(stateDir, launch) {
    this.stateDir = stateDir;
    this.launch = launch;
  }

  async start(env = {}) {
    const {program, info} = await this.launch(env, this.info);
    this.program = program;
    this.info = info;
    if (this.chat?.info.base_url !== info.mattermost.base_url) this.chat = new Chat(info.mattermost);
    return this;
  }

  stop() {
    return this.program.stop();
  }

  kill9() {
    return this.program.kill9();
  }

  // Ends at the crash point that its environment names.
  crashed() {
    return this.program.crashed();
  }

  // After stop, kill9 or a crash; the addresses stay, so that buttons posted before still lead here.
  restart(env = {}) {
    return this.start(env);
  }

  // Posts to the door of a source; `alerts` unless named.
  deliver(body, {source = 'alerts', headers} = {}) {
    const {url, bearer} = this.info.sources[source];
    return deliver(url, body, headers ?? {Authorization: `Bearer ${bearer}`});
  }

  // An alert that has to be stored.
  async alert(fields) {
    const answer = await this.deliver(alert(fields));
    if (answer.status >= 300) throw new Error(`the door answered ${answer.status}: ${answer.text}\n${this.program.stderr.slice(-3000)}`);
    return answer;
  }

  ready() {
    return waitFor(async () => (await fetch(`${this.info.server}/readyz`)).status === 200, {what: 'the bot to be ready'});
  }

  ledger(target) {
    return target ? ledgerOf(this.stateDir, target) : ledger(this.stateDir);
  }

  async trace(id) {
    const {code, stdout, stderr} = await run(['trace', String(id), '--json', '--state-dir', this.stateDir]);
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout);
  }

  // The run as the database has it.
  async run(reference) {
    const {runs} = await this.trace(reference);
    return runs.find((one) => one.ref === reference) ?? runs[0];
  }
}

// `chat`: mattermost, slack or both.
export function startDemo({stateDir = temporary('demo'), env = {}, port = 0, chat = 'mattermost'} = {}) {
  return new Bot(stateDir, async (more, before) => {
    const wanted = before ? new URL(before.server).port : String(port);
    const program = new Program(['demo', '--json', '--port', wanted, '--state-dir', stateDir, '--chat', chat], {env: {...env, ...more}});
    return {program, info: JSON.parse(await program.firstLine())};
  }).start();
}

export async function startSandbox({port = 0, snapshot} = {}) {
  const program = new Program(['sandbox', '--json', '--port', String(port), ...(snapshot ? ['--snapshot', snapshot] : [])]);
  return {program, ...JSON.parse(await program.firstLine()), stop: () => program.stop()};
}

// The packs that come with the program, in a folder that a test may change.
export function copyOfPacks() {
  const folder = join(temporary('packs'), 'packs');
  cpSync(join(kRepository, 'packs'), folder, {recursive: true});
  return folder;
}

// A pack of one action and one rule for each: `runs` says what makes the script wait ("no": nothing; "yes": until the file
// go-TARGET lies in the demo's folder). Each run leaves a line in the ledger.
export function drillPacks({limit = 1000} = {}) {
  const folder = join(temporary('packs'), 'packs');
  const pack = join(folder, 'drill');
  for (const name of ['actions', 'rules']) mkdirSync(join(pack, name), {recursive: true});
  writeFileSync(join(pack, 'pack.yaml'), 'name: drill\ndescription: Actions that leave a trace.\nversion: 1.0.0\n');
  writeFileSync(join(pack, 'actions', 'leave_a_trace.sh'), `#!/bin/sh
set -eu
demo=$COUNTERSIGN_STATE_DIR/demo
mkdir -p "$demo"
echo "$1 $2 $COUNTERSIGN_IDEMPOTENCY_KEY" >>"$demo/ledger"
if [ "$3" = yes ]; then while [ ! -e "$demo/go-$2" ]; do sleep 0.1; done; fi
echo "$2: done"
`, {mode: 0o755});
  for (const [name, idempotent, waits] of [['quick', false, 'no'], ['slow', false, 'yes'], ['repeatable', true, 'yes']]) {
    writeFileSync(join(pack, 'actions', `${name}.yaml`), JSON.stringify({
      name, runner_type: 'command', entry_point: 'leave_a_trace.sh', tier: 'mutating', idempotent, targets: '{{ host }}', plan: 'none',
      timeout: '10m', rate_limit: {limit, per: '1h'}, args: [name, '{{ host }}', waits],
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

// A configuration is YAML, of which JSON is a part. In Mattermost, or in Slack where that is given.
export function writeConfig(file, {port, mattermost, slack, packs, databaseUrl, bearer = 'a-bearer-for-tests'}) {
  const chat = slack
    ? {name: 'sl', kind: 'slack', app_token: slack.app_token, bot_token: slack.bot_token, api_url: slack.api_url}
    : {name: 'mm', kind: 'mattermost', url: mattermost.base_url, token: mattermost.bot.token, team: mattermost.team.name};
  writeFileSync(file, JSON.stringify({
    allow_literal_secrets: true,
    server: {listen: `127.0.0.1:${port}`},
    ...(databaseUrl ? {database: {url: databaseUrl}} : {}),
    state_dir: '.',
    chats: [chat],
    notify: {chat: chat.name, channel: '#ops'},
    sources: [{name: 'alerts', kind: 'alertmanager', auth: {bearer}}],
    packs: [packs],
    roles: {sre: {members: [`${chat.name}:alice`, `${chat.name}:bob`]}, managers: {members: [`${chat.name}:carol`]}},
    promotion: {required: false},
  }, null, 2));
}

// `waits: false` does not wait until the bot is ready.
export async function startServe({mattermost, slack, packs, databaseUrl, stateDir = temporary('serve'), env = {}, args = [], waits = true}) {
  const port = await freePort();
  const bearer = 'a-bearer-for-tests';
  const config = join(stateDir, 'countersign.yaml');
  writeConfig(config, {port, mattermost, slack, packs, databaseUrl, bearer});
  const server = `http://127.0.0.1:${port}`;
  const info = {server, mattermost, slack, sources: {alerts: {url: `${server}/hooks/alerts`, bearer}}};
  const bot = new Bot(stateDir, async (more) => {
    const program = new Program(['serve', '--config', config, ...args], {env: {...env, ...more}});
    if (waits) await readyOrDead(server, program);
    return {program, info};
  });
  bot.config = config;
  return bot.start();
}

async function readyOrDead(server, program) {
  await waitFor(async () => program.end || (await fetch(`${server}/readyz`)).status === 200, {what: 'the bot to be ready'});
  if (program.end) throw new Error(`${program.name} ended before it was ready:\n${program.stderr}`);
}
