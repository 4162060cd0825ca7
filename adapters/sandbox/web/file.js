// A file of a message: its name, its first lines, and a way to save it.
import {make} from './dom.js';

const kPreviewed = 256 * 1024;  // bytes; beyond it only the name is shown
const kLines = 12;

function size(bytes) {
  return bytes < 1024 ? `${bytes} bytes` : `${(bytes / 1024).toFixed(1)} kB`;
}

function isText({mime_type: type, name}) {
  return type.startsWith('text/') || /\.(txt|log|json|ya?ml|md|csv|diff)$/i.test(name);
}

async function save(store, file) {
  const blob = await store.attempt((client) => client.file(file.id));
  if (!blob) return;
  const href = URL.createObjectURL(blob);
  make('a', {href, download: file.name}).click();
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}

async function preview(store, file, place) {
  const blob = await store.attempt((client) => client.file(file.id));
  const lines = (await blob?.text() ?? '').split('\n');
  const rest = lines.length - kLines;
  place.textContent = lines.slice(0, kLines).join('\n') + (rest > 0 ? `\n… ${rest} more lines` : '');
}

export function fileCard(store, file) {
  const place = make('pre', {testid: 'file-preview'});
  const shown = isText(file) && file.size <= kPreviewed;
  if (shown) preview(store, file, place);
  const button = {
    type: 'button',
    class: 'action plain',
    testid: 'file-save',
    onclick: () => save(store, file)
  };
  return make(
      'div', {class: 'file', testid: `file-${file.name}`},
      make(
          'div', {class: 'filehead'}, make('b', {}, file.name),
          make('span', {class: 'quiet'}, size(file.size)), make('button', button, 'Save')),
      shown ? place : null);
}
