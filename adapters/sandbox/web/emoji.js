// Emoji by the names Mattermost gives them.
import {make} from './dom.js';
import {icon} from './icons.js';

const kEmoji = {
  white_check_mark: '✅',
  '+1': '👍',
  thumbsup: '👍',
  x: '❌',
  '-1': '👎',
  thumbsdown: '👎',
  eyes: '👀',
  tada: '🎉',
  heavy_check_mark: '✔',
  rocket: '🚀',
  warning: '⚠️',
  hourglass: '⌛',
  hourglass_flowing_sand: '⏳',
  clock3: '🕒',
  rotating_light: '🚨',
  question: '❓',
  grey_question: '❔',
  exclamation: '❗',
  fire: '🔥',
  robot_face: '🤖',
  robot: '🤖',
  no_entry: '⛔',
  no_entry_sign: '🚫',
  lock: '🔒',
  unlock: '🔓',
  bell: '🔔',
  mag: '🔍',
  memo: '📝',
  link: '🔗',
  red_circle: '🔴',
  large_blue_circle: '🔵',
  large_green_circle: '🟢',
  large_yellow_circle: '🟡',
  white_circle: '⚪',
  arrows_counterclockwise: '🔄',
  repeat: '🔁',
  stop_sign: '🛑',
  octagonal_sign: '🛑',
  zap: '⚡',
  smile: '😄',
  slightly_smiling_face: '🙂',
  thinking: '🤔',
  heart: '❤️',
  clap: '👏',
  wave: '👋',
  pray: '🙏',
  bulb: '💡',
  boom: '💥',
  information_source: 'ℹ️',
  construction: '🚧',
};
const kAliases = {
  thumbsup: '+1',
  thumbsdown: '-1',
  hourglass_flowing_sand: 'hourglass'
};
const kTone = /(_(light|medium_light|medium|medium_dark|dark)_skin_tone|::skin-tone-\d)$/;

// Those the picker offers, most wanted first.
export const kPicks = [
  'white_check_mark', '+1', 'x', '-1', 'eyes', 'tada', 'heart', 'warning', 'question', 'hourglass',
  'rotating_light', 'fire'
];
export const kQuick = kPicks.slice(0, 4);

// What stands for the name: a drawing, else the character, else null. A skin tone changes the title
// only.
export function emoji(name) {
  const plain = name.replace(kTone, '');
  const drawn = icon(kAliases[plain] ?? plain);
  if (!drawn && !Object.hasOwn(kEmoji, plain)) return null;
  return make(
      'span', {class: 'emoji', role: 'img', 'aria-label': `:${name}:`, title: `:${name}:`},
      drawn ?? kEmoji[plain]);
}

const kByCharacter = new Map(Object.entries(kEmoji)
                                 .filter(([name]) => icon(kAliases[name] ?? name))
                                 .map(([name, character]) => [character, name]));
export const kCharacters = new RegExp(`^(${[...kByCharacter.keys()].join('|')})`, 'u');

// Of a character itself, as in a message's text.
export function emojiCharacter(character) {
  return emoji(kByCharacter.get(character));
}
