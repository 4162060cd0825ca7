// What is shipped for the other side (adapters/webhook/senders), played as the other side would use it, against the real door.
// The products themselves are not here: their macros, templates and script objects are replaced by small ones.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import vm from 'node:vm';
import {Program} from './support/program.mjs';
import {kNotify, kShipped, post, startDoor} from './support/senders.mjs';

const kToken = 'a-token-for-tests';
const shipped = (name) => readFileSync(join(kShipped, name), 'utf8');

// A file of YAML as an object.
function yaml(name) {
  const program = 'import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))';
  return JSON.parse(execFileSync('/usr/bin/python3', ['-c', program, join(kShipped, name)], {encoding: 'utf8'}));
}

describe('what is shipped for the other side', () => {
  let door, tokenFile;

  before(async () => {
    const kinds = ['nagios', 'icinga2', 'zabbix', 'datadog', 'newrelic', 'sensu', 'servicenow'];
    door = await startDoor(kinds.map((kind) => ({name: kind, kind, auth: {bearer: kToken}})));
    tokenFile = join(door.folder, 'token');
    writeFileSync(tokenFile, `${kToken}\n`);
  });

  after(async () => {
    await door?.stop();
  });

  // The last event of a kind: its series and status, and what the sender said.
  async function last(kind) {
    const {series, status, body} = (await door.events(kind)).at(-1);
    return {series, status, body: body.body};
  }

  async function shell(line, input = '') {
    const file = join(door.folder, 'input');
    writeFileSync(file, input);
    const program = new Program(['-c', `${line} <'${file}'`], {file: '/bin/sh'});
    const {code} = await program.wait();
    assert.equal(code, 0, program.stderr);
  }

  describe('Nagios', () => {
    const macros = {NOTIFICATIONTYPE: 'PROBLEM', HOSTNAME: 'web-3', SERVICEDESC: 'Disk', SERVICESTATE: 'CRITICAL', SERVICESTATETYPE: 'HARD',
      SERVICEATTEMPT: '3', LASTSERVICEPROBLEMID: '17', SERVICEOUTPUT: '91 % of /var \\ used; see (log) #7!', HOSTSTATE: 'DOWN', HOSTSTATETYPE: 'HARD',
      HOSTATTEMPT: '1', LASTHOSTPROBLEMID: '9', HOSTOUTPUT: 'no answer', TIMET: '1767225600'};

    // As Nagios makes a command line of a command: it fills in the macros and starts a shell.
    function commandLine(name, values) {
      const [, line] = new RegExp(`command_name +${name}\\n +command_line +(.+)`).exec(shipped('nagios.cfg'));
      return line.replace(/\$(\w+)\$/g, (_, macro) => {
        assert.ok(macro in values, `$${macro}$`);
        return values[macro];
      }).replace(/\S*notify-countersign/, kNotify).replace(/https:\S+/, door.hook('nagios')).replace(/\S+\.token/, tokenFile);
    }

    test('tells about a service and about a host', async () => {
      await shell(commandLine('notify-service-by-countersign', macros));
      const service = await last('nagios');
      assert.deepEqual(service, {series: 'web-3|Disk', status: 'firing', body: {type: 'PROBLEM', host: 'web-3', service: 'Disk', state: 'CRITICAL',
        state_type: 'HARD', attempt: '3', last_problem_id: '17', output: macros.SERVICEOUTPUT, time: '1767225600'}});
      await shell(commandLine('notify-host-by-countersign', {...macros, NOTIFICATIONTYPE: 'RECOVERY', HOSTSTATE: 'UP'}));
      const host = await last('nagios');
      assert.equal(host.status, 'resolved');
      assert.equal(host.series, 'web-3|');
    });
  });

  test('Icinga 2 hands over what the door looks for', async () => {
    const values = {'notification.type': 'PROBLEM', 'host.name': 'web-3', 'service.name': 'Disk', 'service.state': 'WARNING', 'host.state': 'DOWN',
      'service.last_state_change': '1767225600.5', 'host.last_state_change': '1767225601', 'service.output': "it's \"full\"", 'host.output': 'away',
      'notification.author': '', 'notification.comment': ''};
    const text = shipped('icinga2.conf');
    const argumentsOf = (start) => {
      const from = text.indexOf(start);
      const block = text.slice(from, text.indexOf('\n}', from));
      return [...block.matchAll(/value = "(.*)", skip_key = true/g)].map(([, value]) => value.replace(/\$([a-z0-9_.]+)\$/g, (_, macro) => {
        assert.ok(macro in values, macro);
        return values[macro];
      }));
    };
    for (const [name, status, state] of [['countersign-service', 'firing', 'WARNING'], ['countersign-host', 'firing', 'DOWN']]) {
      const program = new Program(['--url', door.hook('icinga2'), '--token-file', tokenFile,
        ...argumentsOf('template NotificationCommand "countersign"'), ...argumentsOf(`object NotificationCommand "${name}"`)], {file: kNotify});
      assert.equal((await program.wait()).code, 0, program.stderr);
      const event = await last('icinga2');
      assert.deepEqual([event.status, event.body.state, event.body.type, event.body.host], [status, state, 'PROBLEM', 'web-3']);
      assert.deepEqual(Object.keys(event.body).sort(), ['author', 'comment', 'host', 'last_state_change', 'output', 'service', 'state', 'type']);
    }
  });

  describe('Zabbix', () => {
    const {parameters, script} = yaml('zabbix_media_type.yaml').zabbix_export.media_types[0];
    const known = {'EVENT.ID': '90210', 'EVENT.UPDATE.STATUS': '0', 'EVENT.VALUE': '1', 'EVENT.SEVERITY': 'High', 'HOST.NAME': 'web-3',
      'EVENT.NAME': 'Disk {almost} full', 'EVENT.DATE': '2026.01.01', 'EVENT.TIME': '00:00:00'};

    // Runs the script as Zabbix does: parameters as JSON text in `value`, requests by HttpRequest, the outcome returned or thrown.
    async function notifyWith(macros, status = 202) {
      const filled = Object.fromEntries(parameters.map(({name, value}) => [name, value.replace(/\{([A-Z.]+)\}/g, (whole, macro) => macros[macro] ?? whole)]));
      let sent;
      class HttpRequest {
        headers = {};
        addHeader(line) {
          const [name, value] = line.split(': ');
          this.headers[name] = value;
        }
        post(url, body) {
          sent = {url: door.hook('zabbix'), headers: this.headers, body};
        }
        getStatus() {
          return status;
        }
      }
      const value = JSON.stringify({...filled, token: kToken});
      const result = vm.runInNewContext(`(function (value) {${script}})(value)`, {value, HttpRequest, JSON});
      return {result, answer: await post(sent)};
    }

    test('a problem, an update, and the recovery', async () => {
      assert.equal((await notifyWith(known)).result, 'OK');
      const problem = await last('zabbix');
      assert.deepEqual(problem, {series: '90210', status: 'firing', body: {event_id: '90210', recovery_id: '', update_id: '', update_status: '0', value: '1',
        severity: 'High', host: 'web-3', name: 'Disk {almost} full', time: '2026.01.01 00:00:00'}});
      const update = {...known, 'EVENT.UPDATE.STATUS': '1', 'EVENT.UPDATE.DATE': '2026.01.01', 'EVENT.UPDATE.TIME': '00:05:00'};
      assert.equal((await notifyWith(update)).answer.status, 202);
      assert.equal((await notifyWith(update)).answer.status, 200, 'Zabbix tries the same again');
      await notifyWith({...known, 'EVENT.VALUE': '0', 'EVENT.RECOVERY.ID': '90211'});
      const recovery = await last('zabbix');
      assert.deepEqual([recovery.series, recovery.status, recovery.body.recovery_id], ['90210', 'resolved', '90211']);
    });

    test('what is not stored is an error, so that Zabbix tries again', async () => {
      await assert.rejects(notifyWith({...known, 'EVENT.ID': '1'}, 503), (error) => /answered 503/.test(error));
      await assert.rejects(notifyWith({}), (error) => /no event id/.test(error));
    });
  });

  test('Datadog\'s template becomes an alert that goes on and off', async () => {
    const values = {ID: '1', ALERT_ID: '7', AGGREG_KEY: 'a', ALERT_CYCLE_KEY: '5578', ALERT_TRANSITION: 'Triggered', EVENT_TITLE: 'disk', ALERT_SCOPE: 'host:web-3',
      HOSTNAME: 'web-3', ALERT_PRIORITY: 'P2', TAGS: 'a:b', LINK: 'https://app.example.com', DATE: '1767225600000'};
    for (const [id, transition, status] of [['1', 'Triggered', 'firing'], ['2', 'Recovered', 'resolved']]) {
      const body = shipped('datadog.json').replace(/\$([A-Z_]+)/g, (_, name) => ({...values, ID: id, ALERT_TRANSITION: transition})[name] ?? assert.fail(name));
      assert.equal((await post({url: door.hook('datadog'), headers: {Authorization: `Bearer ${kToken}`}, body})).status, 202);
      const event = await last('datadog');
      assert.deepEqual([event.series, event.status, event.body.hostname], ['5578', status, 'web-3']);
    }
  });

  test('New Relic\'s template becomes an issue that goes on and off', async () => {
    const values = {issueId: 'i-1', issuePageUrl: 'https://one.example.com', 'annotations.title.[0]': 'a "title"', priority: 'HIGH', triggerEvent: 'STATE_CHANGE',
      createdAt: 1767225600000, 'accumulations.source': ['newrelic'], 'entitiesData.names': ['web-3']};
    for (const [state, updatedAt, status] of [['ACTIVATED', 1, 'firing'], ['CLOSED', 2, 'resolved']]) {
      const body = shipped('newrelic.json').replace(/\{\{json ([^}]+)\}\}/g, (_, name) => JSON.stringify({...values, state, updatedAt}[name] ?? assert.fail(name)));
      assert.equal((await post({url: door.hook('newrelic'), headers: {Authorization: `Bearer ${kToken}`}, body})).status, 202);
      const event = await last('newrelic');
      assert.deepEqual([event.series, event.status, event.body.title], ['i-1', status, 'a "title"']);
    }
  });

  test('Sensu\'s handler sends the event that it gets on its standard input', async () => {
    const settings = join(door.folder, 'countersign.curl');
    writeFileSync(settings, `url = "${door.hook('sensu')}"\nheader = "Authorization: Bearer ${kToken}"\n`);
    const {command} = yaml('sensu_handler.yaml').spec;
    const event = (id, status) => JSON.stringify({id, entity: {metadata: {name: 'web-3'}}, check: {metadata: {name: 'disk'}, status, state: 'failing', output: 'a\nb'}});
    await shell(command.replace('/etc/sensu/countersign.curl', settings), event('e-1', 2));
    const firing = await last('sensu');
    assert.deepEqual([firing.series, firing.status, firing.body.check.output], ['web-3|disk', 'firing', 'a\nb']);
    await shell(command.replace('/etc/sensu/countersign.curl', settings), event('e-2', 0));
    assert.equal((await last('sensu')).status, 'resolved');
  });

  test('ServiceNow\'s business rule tells about a record', async () => {
    const record = {sys_id: 's1', sys_mod_count: '0', number: 'INC1', state: '2', priority: '1', short_description: 'costs ${price} "now"', sys_updated_on: 't'};
    const sent = {headers: {}};
    const errors = [];
    class RESTMessageV2 {
      setEndpoint(url) { sent.url = url; }
      setHttpMethod(method) { sent.method = method; }
      setHttpTimeout() {}
      setRequestHeader(name, value) { sent.headers[name] = value; }
      setRequestBody(body) { sent.body = body; }
      execute() { return {getStatusCode: () => sent.status}; }
    }
    const properties = {'countersign.url': door.hook('servicenow'), 'countersign.token': kToken};
    const runRule = (status) => {
      sent.status = status;
      vm.runInNewContext(shipped('servicenow.js'), {sn_ws: {RESTMessageV2}, JSON, String,
        gs: {getProperty: (name) => properties[name], error: (text) => errors.push(text)}, current: {getValue: (name) => record[name] ?? null}});
    };
    runRule(202);
    assert.deepEqual([sent.method, errors.length, sent.body.includes('$')], ['POST', 0, false]);
    assert.equal((await post(sent)).status, 202);
    assert.deepEqual((await last('servicenow')).body, record);
    assert.equal((await post(sent)).status, 200, 'the same state of the same record');
    runRule(503);
    assert.match(errors[0], /503 for INC1/);
  });
});
