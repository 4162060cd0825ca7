// Tables of measurements for a terminal and for a page of documentation.
import {percentile} from './load.mjs';

export const median = (rows, field) => {
  const values = rows.map((row) => (typeof field === 'function' ? field(row) : row[field])).filter((value) => value !== undefined);
  return values.length ? percentile(values, 0.5) : undefined;
};

export function print(head, rows) {
  const all = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i].length)));
  const line = (row) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  console.log([line(all[0]), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...all.slice(1).map(line)].join('\n'));
}

export const number = (value, digits = 0) => (value === undefined ? '-' : value.toFixed(digits));

const verdict = ({found, aim, least}) => {
  if (found === undefined || Number.isNaN(found)) return 'not measured';
  return (least ? found >= aim : found <= aim) ? 'yes' : 'no';
};

// {what, found, aim, least}: `least` if what was found has to reach the aim, else it may not exceed it. Not measured: not judged.
export function judge(aims) {
  print(['aim', 'found', 'wanted', 'reached'], aims.map((one) => [one.what, number(one.found, 2), `${one.least ? '>=' : '<='} ${one.aim}`, verdict(one)]));
}
