// Starts the page: ?as=alice shows one person, ?as=alice,bob several side by side; ?channel= and
// ?thread= say where.
import {make} from './dom.js';
import {Pane} from './pane.js';

const kOrder = ['alice', 'bob', 'carol', 'admin'];
const place = document.getElementById('panes');
const panes = [];

function parameters() {
  return new URLSearchParams(location.search);
}

function rank({username}) {
  const at = kOrder.indexOf(username);
  return at < 0 ? kOrder.length : at;
}

async function pageInfo() {
  const response = await fetch('/control/page-info');
  if (!response.ok)
    throw new Error('This page works only on the machine that the sandbox runs on.');
  const info = await response.json();
  info.people.sort((a, b) => rank(a) - rank(b) || a.username.localeCompare(b.username));
  return info;
}

function remember(changes) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(changes)) {
    if (value)
      url.searchParams.set(name, value);
    else
      url.searchParams.delete(name);
  }
  history.replaceState(null, '', url.toString().replaceAll('%2C', ','));
}

function show(info, names) {
  for (const pane of panes.splice(0)) pane.stop();
  const wanted = {channel: parameters().get('channel'), thread: parameters().get('thread')};
  remember({as: names.join(',')});
  document.title = `${names.join(', ')} · Countersign sandbox`;
  names.forEach((name, index) => {
    const person = info.people.find((one) => one.username === name);
    const pane = new Pane(info, person, {
      compact: names.length > 1,
      switchTo: (next) => show(info, names.map((had, at) => at === index ? next : had)),
      remember: index === 0 ? remember : () => {},
    });
    panes.push(pane);
    place.append(pane.element);
    pane.start(wanted).catch((error) => pane.notice('error', error.message));
  });
}

async function start() {
  const info = await pageInfo();
  document.documentElement.dataset.service = info.service;
  const known = new Set(info.people.map((person) => person.username));
  const names = (parameters().get('as') ?? '').split(',').filter((name) => known.has(name));
  show(info, names.length ? names : [info.people[0].username]);
}

start().catch((error) => place.append(make('p', {class: 'fatal'}, error.message)));
