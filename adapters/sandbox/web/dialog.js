// A dialog an integration opened: a form, submitted through the server.
import {make} from './dom.js';

function control(element, store) {
  const common = {
    name: element.name,
    testid: `dialog-${element.name}`,
    placeholder: element.placeholder,
    required: !element.optional
  };
  if (element.type === 'textarea')
    return make(
        'textarea', {...common, rows: '4', maxLength: element.max_length || 3000}, element.default);
  if (element.type === 'bool') return make('input', {...common, required: false, type: 'checkbox'});
  if (element.type === 'select') {
    const users =
        () => [...store.users.values()].map((user) => ({text: user.username, value: user.id}));
    const options = element.data_source === 'users' ? users() : element.options ?? [];
    return make(
        'select', common, make('option', {value: ''}, element.placeholder || 'Choose …'),
        options.map(({text, value}) => make('option', {value}, text)));
  }
  return make('input', {...common, type: element.subtype || 'text', value: element.default});
}

function valuesOf(form, elements) {
  const values = {};
  for (const {name, type} of elements) {
    const field = form.elements.namedItem(name);
    if (type === 'bool')
      values[name] = field.checked;
    else if (field.value)
      values[name] = field.value;
  }
  return values;
}

export function showDialog(parent, store, {url, dialog}) {
  const elements = dialog.elements ?? [];
  const problem = make('p', {class: 'problem', testid: 'dialog-problem'});
  const submit = async (cancelled) => {
    const answer = await store.attempt((client) => client.post('/actions/dialogs/submit', {
      url,
      callback_id: dialog.callback_id,
      state: dialog.state,
      cancelled,
      user_id: store.me,
      channel_id: store.current,
      team_id: store.info.team.id,
      submission: cancelled ? {} : valuesOf(form, elements)
    }));
    if (!answer) return;
    problem.textContent =
        [answer.error, ...Object.values(answer.errors ?? {})].filter(Boolean).join('; ');
    if (!problem.textContent || cancelled) backdrop.remove();
  };
  const cancel = () => dialog.notify_on_cancel ? submit(true) : backdrop.remove();
  const form = make(
      'form', {
        class: 'dialog',
        testid: 'dialog',
        onsubmit: (event) => {
          event.preventDefault();
          submit(false);
        }
      },
      make('h2', {}, dialog.title), make('p', {}, dialog.introduction_text),
      elements.map(
          (element) => make(
              'label', {}, make('span', {}, element.display_name), control(element, store),
              make('small', {}, element.help_text))),
      problem,
      make(
          'div', {class: 'actions'},
          make(
              'button',
              {type: 'button', class: 'action plain', testid: 'dialog-cancel', onclick: cancel},
              'Cancel'),
          make(
              'button', {type: 'submit', class: 'action primary', testid: 'dialog-submit'},
              dialog.submit_label || 'Submit')));
  const backdrop = make('div', {class: 'backdrop'}, form);
  parent.append(backdrop);
  form.querySelector('input, textarea, select')?.focus();
}
