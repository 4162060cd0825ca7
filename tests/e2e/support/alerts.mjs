// Alertmanager's messages, as it would send them.
import {createHash} from 'node:crypto';

// One alert; the same arguments make the same delivery.
export function alert({alertname = 'DiskAlmostFull', severity = 'warning', instance, status = 'firing', startsAt = '2026-01-15T10:00:00Z',
  labels = {}}) {
  const all = {alertname, severity, instance, ...labels};
  return {
    version: '4',
    status,
    receiver: 'countersign',
    groupKey: `{}:{alertname="${alertname}"}`,
    groupLabels: {alertname},
    commonLabels: all,
    commonAnnotations: {},
    externalURL: 'http://alertmanager.example.com',
    alerts: [{
      status,
      labels: all,
      annotations: {summary: `disk of ${instance} is 91% full`},
      startsAt,
      endsAt: status === 'resolved' ? '2026-01-15T11:00:00Z' : '0001-01-01T00:00:00Z',
      generatorURL: '',
      fingerprint: createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 16),
    }],
  };
}

// The answer of the door, whatever it is: {status, body, text}.
export async function deliver(url, body, headers = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: {'Content-Type': 'application/json', ...headers},
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  let read;
  try {
    read = JSON.parse(text);
  } catch {
    read = undefined;
  }
  return {status: response.status, body: read, text};
}
