// Events of former days in a database that the bot has used, so many and as real ones are kept: with their delivery keys, decisions and record, sealed.
import {sql} from './contenders.mjs';

const kDays = 6;              // less than what deliveries are remembered, so that no key has expired
const kPortion = 1_000_000;   // what is sealed at once

function copy(postgres, table, generated, changed) {
  const names = sql(postgres, `SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = 'cs.${table}'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attname <> '${generated}'`);
  const values = names.split(', ').map((name) => changed[name] ?? `t.${name}`);
  return (from, to) => `INSERT INTO cs.${table} (${names}) OVERRIDING SYSTEM VALUE
    SELECT ${values.join(', ')} FROM generate_series(${from}, ${to}) AS n, (SELECT * FROM sample.${table}) AS t;\n`;
}

// The sample is what the bot has made of one delivery; nothing else may use the database meanwhile.
export function writeHistory(postgres, count) {
  sql(postgres, `SET client_min_messages = warning;
    CREATE SCHEMA sample;
    CREATE TABLE sample.event AS SELECT * FROM cs.event e WHERE EXISTS (SELECT FROM cs.decision d WHERE d.event_id = e.event_id) LIMIT 1;
    CREATE TABLE sample.decision AS SELECT d.* FROM cs.decision d, sample.event e WHERE d.event_id = e.event_id;
    CREATE TABLE sample.delivery_key AS SELECT k.* FROM cs.delivery_key k, sample.event e WHERE k.event_id = e.event_id;
    CREATE TABLE sample.audit AS SELECT a.* FROM cs.audit a, sample.event e WHERE a.ref = 'event:' || e.event_id;
    SELECT cs.ensure_partitions(current_date - ${kDays + 1}, ${kDays + 2});`);
  const at = `date_trunc('day', now()) - n * interval '${kDays} days' / ${count + 1}`;
  const copies = [
    copy(postgres, 'event', '', {event_id: '-n', received_at: at, correlation_id: `md5('correlation ' || n)::uuid`, delivery_id: `md5('delivery ' || n)`}),
    copy(postgres, 'decision', '', {event_id: '-n', received_at: at, decided_at: at}),
    copy(postgres, 'delivery_key', '', {key: `sha256(t.key || n::text::bytea)`, event_id: '-n', received_at: at}),
    copy(postgres, 'audit', 'audit_id', {at, xid: 'pg_current_xact_id()', ref: `'event:-' || n`, correlation_id: `md5('correlation ' || n)::uuid`}),
  ];
  for (let from = 1; from <= count; from += kPortion) {
    const to = Math.min(count, from + kPortion - 1);
    sql(postgres, `SET synchronous_commit = off;\nBEGIN;\n${copies.map((one) => one(from, to)).join('')}COMMIT;\nSELECT cs.seal_audit();`);
  }
  sql(postgres, 'SET client_min_messages = warning; DROP SCHEMA sample CASCADE; VACUUM ANALYZE; CHECKPOINT;');
}
