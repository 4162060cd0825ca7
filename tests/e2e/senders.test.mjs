// Every kind of sender at the real door, as `countersign webhook` plays them, and the handshakes that some of them ask for.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {run} from './support/program.mjs';
import {forEach, kNotify, notify, post, signed, startBusyDoor, startDoor, verify} from './support/senders.mjs';

const kSecret = `whsec_${Buffer.alloc(32, 'k').toString('base64')}`;
const kToken = 'a-"token"-\\-for-tests';

async function kinds() {
  const {stdout} = await run(['webhook', 'kinds', '--json']);
  return JSON.parse(stdout);
}

// A kind's first way to prove itself that needs no key of somebody else's; nothing if it has none.
function proofOf({proof}) {
  if (proof.includes('secret')) return {secret: kSecret};
  if (proof.includes('auth')) return {auth: {bearer: kToken}};
  return undefined;
}

const kMore = [
  {name: 'by-basic', kind: 'datadog', auth: {basic: {user: 'dd', password: 'p:w'}}},
  {name: 'by-header', kind: 'opsgenie', auth: {header: {name: 'X-Api-Key', value: kToken}}},
  {name: 'by-query', kind: 'azure-monitor', auth: {query: {name: 'code', value: 'a&b=c d'}}},
  {name: 'by-hmac', kind: 'nagios', auth: {hmac: {secret: 's', header: 'X-Sig', text: '{time}.{body}', time_header: 'X-Time', algorithm: 'sha512'}}},
  {name: 'by-token', kind: 'gitlab', token: kToken},
  {name: 'by-both', kind: 'jira', secret: 's', auth: {bearer: kToken}},
  {name: 'named', kind: 'cloudevents', auth: {bearer: kToken}, handshake: {origins: ['events.example.com'], rate: 120}},
  {name: 'rotated', kind: 'github', secrets: ['new', {env: 'OLD_SECRET', id: 'old', until: '2020-01-01T00:00:00Z'}]},
  {name: 'retired', kind: 'github', secrets: [{env: 'OLD_SECRET', id: 'old', until: '2020-01-01T00:00:00Z'}, 'new']},
  {name: 'closing', kind: 'github', secrets: [{env: 'OLD_SECRET', id: 'old', until: '2099-01-01T00:00:00Z'}, 'new']},
];

describe('senders', () => {
  let door, all, tokenFile;

  before(async () => {
    process.env.OLD_SECRET = 'old';
    all = (await kinds()).map((one) => ({...one, config: proofOf(one)}));
    const sources = all.filter((one) => one.config).map(({kind, trigger, config}) =>
      ({name: kind, kind, ...config, ...(trigger ? {} : {trigger: 'acme.thing'})}));
    door = await startDoor([...sources, ...kMore]);
    tokenFile = join(door.folder, 'token');
    writeFileSync(tokenFile, `${kToken}\n`, {mode: 0o600});
  });

  after(async () => {
    await door?.stop();
  });

  // Names a delivery by an id that stands in the body or comes with the sample; otherwise the command makes a new one each time.
  const namesItself = (headers) => !headers.some(([name]) => name === 'webhook-id');

  test('I1, I3: each kind that can be signed for is stored once, with the trigger of its row', async () => {
    const signable = all.filter((one) => one.config);
    assert.ok(signable.length >= 28, `${signable.length} kinds`);
    await forEach(signable, async ({kind, trigger}) => {
      const first = await door.webhook('sign', '--source', kind, '--send');
      assert.equal(first.code, 0, `${kind}: ${first.stdout}${first.stderr}`);
      assert.match(first.stdout, /^202 /, kind);
      const delivery = await signed(door, kind);
      const again = await door.webhook('sign', '--source', kind, '--send');
      assert.match(again.stdout, namesItself(delivery.headers) ? /^200 .*"duplicate":true/ : /^202 /, kind);
      await post(delivery);
      assert.equal((await post(delivery)).status, 200, `${kind}: the very same delivery`);
      const events = await door.events(kind);
      assert.equal(events.length, namesItself(delivery.headers) ? 1 : 3, kind);
      for (const event of events) assert.equal(event.trigger, trigger || 'acme.thing', kind);
      assert.notEqual(events[0].body, null, kind);
    });
  });

  test('kinds whose keys are somebody else\'s cannot be signed for', async () => {
    const others = all.filter((one) => !one.config).map((one) => one.kind);
    assert.deepEqual(others, ['aws-sns', 'gcp-pubsub']);
  });

  test('T1: what was signed is accepted by verify, and what was changed is not, and it says why', async () => {
    const names = [...all.filter((one) => one.config).map((one) => one.kind), ...kMore.map((one) => one.name)];
    await forEach(names.filter((name) => name !== 'retired'), async (source) => {
      const delivery = await signed(door, source);
      const good = await verify(door, source, delivery.text);
      assert.equal(good.accepted, true, `${source}: ${good.why}`);
      assert.notEqual(good.events[0].delivery, '', source);
      const withoutProof = [`POST /hooks/${source}`, 'Content-Type: application/json', '', delivery.body].join('\n');
      const bad = await verify(door, source, withoutProof);
      assert.equal(bad.accepted, false, source);
      assert.match(bad.why, /^(no [\w-]+, or more than one|no [\w-]+, or one with a full stop|no token that counts)$/, source);
    });
  });

  test('T1, T4: verify tells a changed body from a late one', async () => {
    const delivery = await signed(door, 'slack');
    const changed = await verify(door, 'slack', delivery.text.replace('the shop is slow', 'the shop is fast'));
    assert.equal(changed.why, 'the signature does not fit');
    const late = await verify(door, 'slack', delivery.text, '--at', '2099-01-01T00:00:00Z');
    assert.equal(late.why, 'the signed time is too far from now');
  });

  test('the ways to show a secret in clear, and a signature of one\'s own, work at the door', async () => {
    for (const {name} of kMore) {
      if (name === 'retired') continue;
      const {code, stdout, stderr} = await door.webhook('sign', '--source', name, '--send');
      assert.equal(code, 0, `${name}: ${stdout}${stderr}`);
    }
  });

  test('tokens stay hidden unless somebody asks for them', async () => {
    for (const source of ['alertmanager', 'by-query', 'by-header', 'by-basic', 'by-both']) {
      const {stdout, stderr} = await door.webhook('sign', '--source', source);
      for (const secret of [kToken, 'a&b', 'a%26b', Buffer.from('dd:p:w').toString('base64')]) {
        assert.ok(!`${stdout}${stderr}`.includes(secret), `${source} shows ${secret}`);
      }
      assert.match(stderr, /--show-secrets/);
    }
  });

  test('T7: a secret whose time is over is refused at the door and by verify, and one whose time is not is taken', async () => {
    const {stdout, code} = await door.webhook('sign', '--source', 'retired', '--send');
    assert.equal(code, 1);
    assert.match(stdout, /^401 /);
    const delivery = await signed(door, 'retired');
    assert.equal((await verify(door, 'retired', delivery.text)).why, 'the signature does not fit');
    assert.equal((await verify(door, 'retired', delivery.text, '--at', '2019-12-31T23:59:59Z')).key, 'old');
    assert.equal((await verify(door, 'closing', (await signed(door, 'closing')).text)).key, 'old');
    assert.equal((await verify(door, 'rotated', (await signed(door, 'rotated')).text)).key, '1');
  });

  test('the handshake of CloudEvents is answered for the origins that are named', async () => {
    const ask = (source, headers) => fetch(door.hook(source), {method: 'OPTIONS', headers});
    const welcome = await ask('named', {'WebHook-Request-Origin': 'events.example.com', 'WebHook-Request-Rate': '1000'});
    assert.equal(welcome.status, 200);
    assert.equal(welcome.headers.get('WebHook-Allowed-Origin'), 'events.example.com');
    assert.equal(welcome.headers.get('WebHook-Allowed-Rate'), '120');
    assert.equal((await ask('named', {'WebHook-Request-Origin': 'evil.example.com'})).status, 405);
    assert.equal((await ask('named', {})).status, 405);
    assert.equal((await ask('cloudevents', {'WebHook-Request-Origin': 'events.example.com'})).status, 405);
  });

  test('T9: Event Grid and Slack are answered once they have proven themselves, and no event is made', async () => {
    const validation = JSON.stringify([{id: '1', topic: 't', subject: '', eventTime: '2026-01-01T00:00:00Z', dataVersion: '1',
      eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent', data: {validationCode: '512d38b6'}}]);
    const before = (await door.events('azure-event-grid')).length;
    const grid = (headers) => post({url: door.hook('azure-event-grid'), headers, body: validation});
    assert.equal((await grid({})).status, 401);
    const answer = await grid({Authorization: `Bearer ${kToken}`});
    assert.deepEqual([answer.status, await answer.json()], [200, {validationResponse: '512d38b6'}]);
    assert.equal((await door.events('azure-event-grid')).length, before);

    const file = join(door.folder, 'challenge.json');
    writeFileSync(file, JSON.stringify({token: 'x', challenge: '3eZbrw1aB', type: 'url_verification'}));
    const {stdout} = await door.webhook('sign', '--source', 'slack', '--body', file, '--send');
    assert.equal(stdout.trim(), '200 3eZbrw1aB');
    assert.equal((await post({url: door.hook('slack'), headers: {}, body: '{"type":"url_verification","challenge":"x"}'})).status, 401);
  });

  describe('notify-countersign', () => {
    const kNasty = 'say "hi" \\ it\'s 91 % of Größe 😀\nline two\t$(touch /tmp/x) `id` ; rm -rf / & $HOME';

    test('brings whatever a value holds', async () => {
      const {code, stderr} = await notify(door.hook('nagios'), tokenFile, 'type=PROBLEM', 'host=web-9', 'service=a "b" \\c; $(d)',
          'state=CRITICAL', 'last_problem_id=17', `output=${kNasty}`, 'empty=', 'equals=a=b=');
      assert.deepEqual([code, stderr], [0, '']);
      const {body} = (await door.events('nagios')).at(-1).body;
      assert.deepEqual(body, {type: 'PROBLEM', host: 'web-9', service: 'a "b" \\c; $(d)', state: 'CRITICAL', last_problem_id: '17',
        output: kNasty, empty: '', equals: 'a=b='});
    });

    test('T17: bytes that are not UTF-8 are replaced, and the rest is kept', async () => {
      const program = join(door.folder, 'latin1.sh');
      writeFileSync(program, `exec "$1" --url "$2" --token-file "$3" type=PROBLEM host=latin1 "output=$(printf 'Gr\\366\\337e \\355\\240\\200 ok')"\n`);
      execFileSync('sh', [program, kNotify, door.hook('nagios'), tokenFile]);
      const event = (await door.events('nagios')).at(-1);
      assert.equal(event.body_note, null);
      assert.equal(event.body.body.output, 'Gr\ufffd\ufffde \ufffd\ufffd\ufffd ok');
    });

    test('goes on while the door is busy, and says it when it was in vain', async () => {
      const busy = await startBusyDoor([503, 429, 202]);
      assert.equal((await notify(busy.url, tokenFile, 'a=b')).code, 0);
      assert.deepEqual(busy.came.map(({body}) => body), Array(3).fill('{"a":"b"}'));
      assert.equal(busy.came[0].headers.authorization, `Bearer ${kToken}`);
      await busy.stop();
      const gone = await notify(busy.url, tokenFile, '--retry-for', '1', 'a=b');
      assert.equal(gone.code, 1);
      assert.match(gone.stderr, /did not answer\n$/);
    });

    test('does not go on where that is of no use', async () => {
      const closed = await startBusyDoor([401]);
      const {code, stderr} = await notify(closed.url, tokenFile, 'a=b');
      assert.equal(code, 1);
      assert.match(stderr, /answered 401: nothing was stored\n$/);
      assert.equal(closed.came.length, 1);
      await closed.stop();
    });

    test('keeps the token out of every command line', async () => {
      const seen = join(door.folder, 'curl-arguments');
      const folder = join(door.folder, 'bin');
      mkdirSync(folder);
      writeFileSync(join(folder, 'curl'), `#!/bin/sh\nprintf '%s\\n' "$@" >'${seen}'\ncat >'${seen}.stdin'\necho 202\n`, {mode: 0o755});
      const path = process.env.PATH;
      process.env.PATH = `${folder}:${path}`;
      try {
        assert.equal((await notify('http://127.0.0.1:9/', tokenFile, 'a=b')).code, 0);
      } finally {
        process.env.PATH = path;
      }
      assert.ok(!readFileSync(seen, 'utf8').includes('token'), 'on the command line of curl');
      assert.equal(readFileSync(`${seen}.stdin`, 'utf8'), 'header = "Authorization: Bearer a-\\"token\\"-\\\\-for-tests"\n');
    });

    test('says what is wrong with a call', async () => {
      for (const args of [[], ['a'], ['=b'], ['--no', 'a=b'], ['ä=b'], ['--retry-for', '0', 'a=b']]) {
        const {code, stderr} = await notify('http://127.0.0.1:9/', tokenFile, ...args);
        assert.equal(code, 2, args.join(' '));
        assert.match(stderr, /^notify-countersign: .+\n$/);
      }
      assert.equal((await notify('http://127.0.0.1:9/', '/nowhere', 'a=b')).code, 2);
      assert.match((await run(['--help'], {file: kNotify})).stdout, /^usage: notify-countersign/);
    });
  });
});
