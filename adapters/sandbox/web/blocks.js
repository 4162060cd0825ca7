// Block Kit as DOM nodes: in messages, and in windows, where inputs are filled in.
import {make} from './dom.js';
import {render as markdown} from './markdown.js';
import {render as mrkdwn} from './mrkdwn.js';
import {render as richText} from './rich_text.js';

const kStyles = {
  primary: 'success',
  danger: 'danger'
};

// `act(element, block, selected)` is what a click or a choice does; it may take its time.
export class BlockView {
  constructor(store, act) {
    this.store = store;
    this.act = act;
  }

  blocks(list) {
    return list.map((block) => this.block(block));
  }

  block(block) {
    const show = this[`show_${block.type}`];
    return show ? show.call(this, block) :
                  make('div', {class: 'quiet'}, `(${block.type} is not shown here)`);
  }

  text(object) {
    if (!object) return null;
    if (object.type === 'mrkdwn') return mrkdwn(object.text, this.store);
    return make('span', {class: 'plain'}, object.text);
  }

  show_section({text, fields, accessory, block_id}) {
    const block = {block_id};
    return make(
        'div', {class: 'section'},
        make(
            'div', {class: 'grow'}, this.text(text),
            fields ?
                make(
                    'div', {class: 'fields'},
                    fields.map((field) => make('div', {class: 'field short'}, this.text(field)))) :
                null),
        accessory ? this.element(accessory, block) : null);
  }

  show_header({text}) {
    return make('h3', {class: 'blockheader', testid: 'block-header'}, text.text);
  }

  show_divider() {
    return make('hr', {class: 'blockrule'});
  }

  show_context({elements}) {
    return make('div', {class: 'context quiet'}, elements.map((one) => this.small(one)));
  }

  small(element) {
    return element.type === 'image' ? make('span', {}, element.alt_text) : this.text(element);
  }

  show_actions(block) {
    return make('div', {class: 'actions'}, block.elements.map((one) => this.element(one, block)));
  }

  // Pictures of other sites are not loaded: their words stand for them.
  show_image({alt_text, title}) {
    return make('div', {class: 'quiet'}, `[${title?.text ?? alt_text}]`);
  }

  show_markdown({text}) {
    return markdown(text, {names: this.store.names(), me: this.store.person.username});
  }

  show_rich_text(block) {
    return richText(block, this.store);
  }

  show_input({block_id, label, hint, element, optional}) {
    return make(
        'label', {class: 'input', testid: `input-${block_id}`},
        make(
            'span', {}, label.text,
            optional ? make('small', {class: 'quiet'}, ' (optional)') : null),
        this.control(element, block_id, !optional), make('small', {}, hint?.text),
        make('small', {class: 'problem', testid: `problem-${block_id}`}));
  }

  // Something to fill in, which has its block's id for a name.
  control(element, name, required) {
    const common = {
      name,
      required,
      testid: `dialog-${name}`,
      placeholder: element.placeholder?.text
    };
    const options = optionsOf(element);
    const first = element.initial_option?.value;
    if (element.type === 'plain_text_input') {
      const limits = {minLength: element.min_length ?? 0, maxLength: element.max_length ?? 3000};
      return element.multiline ?
          make('textarea', {...common, ...limits, rows: '4'}, element.initial_value ?? '') :
          make('input', {...common, ...limits, type: 'text', value: element.initial_value ?? ''});
    }
    if (element.type === 'radio_buttons') {
      return make('div', {class: 'choices', testid: `dialog-${name}`}, options.map(({text, value}) => {
        const radio = {type: 'radio', name, value, required, checked: value === first};
        return make('label', {}, make('input', radio), text.text);
      }));
    }
    if (element.type === 'checkboxes') {
      const chosen = (element.initial_options ?? []).map(({value}) => value);
      return make('div', {class: 'choices', testid: `dialog-${name}`}, options.map(({text, value}) => {
        const box = {type: 'checkbox', name, value, checked: chosen.includes(value)};
        return make('label', {}, make('input', box), text.text);
      }));
    }
    if (element.type === 'datepicker') return make('input', {...common, type: 'date'});
    const people = element.type === 'users_select';
    const choices = people ?
        [...this.store.users.values()].map(({id, username}) => ({text: {text: username}, value: id})) :
        options;
    return make(
        'select', {...common, multiple: element.type === 'multi_static_select'},
        make('option', {value: ''}, element.placeholder?.text ?? 'Choose …'),
        choices.map(
            ({text, value}) => make('option', {value, selected: value === first}, text.text)));
  }

  element(element, block) {
    const show = this[`element_${element.type}`] ?? this.element_static_select;
    return element.type === 'image' ? this.small(element) : show.call(this, element, block);
  }

  async do(control, element, block, selected) {
    const {confirm: asked} = element;
    if (asked && !confirm(`${asked.title.text}\n\n${asked.text.text}`)) return;
    control.disabled = true;
    control.classList.add('busy');
    await this.act(element, block, selected);
    control.disabled = false;
    control.classList.remove('busy');
  }

  element_button(element, block) {
    const attributes = {
      type: 'button',
      class: `action ${kStyles[element.style] ?? 'plain'}`,
      testid: `button-${element.action_id}`,
      onclick: (event) => {
        if (/^https?:\/\//i.test(element.url ?? '')) window.open(element.url, '_blank', 'noopener');
        this.do(event.currentTarget, element, block);
      }
    };
    return make('button', attributes, element.text.text);
  }

  element_static_select(element, block) {
    const attributes = {
      class: 'action',
      testid: `select-${element.action_id}`,
      'aria-label': element.placeholder?.text ?? element.action_id,
      onchange: ({currentTarget}) => this.do(currentTarget, element, block, currentTarget.value)
    };
    const name = element.placeholder?.text ?? 'Choose …';
    const first = element.initial_option?.value;
    return make(
        'select', attributes, make('option', {value: '', disabled: true, selected: !first}, name),
        optionsOf(element).map(
            ({text, value}) => make('option', {value, selected: value === first}, text.text)));
  }

  element_overflow(element, block) {
    const menu = make('details', {class: 'overflow', testid: `overflow-${element.action_id}`});
    const choose = (value) => ({currentTarget}) => {
      menu.open = false;
      this.do(currentTarget, element, block, value);
    };
    menu.append(
        make('summary', {class: 'action plain', 'aria-label': 'More'}, '⋯'),
        make('div', {class: 'menu'}, optionsOf(element).map(({text, value}) => make(
            'button',
            {type: 'button', testid: `option-${element.action_id}-${value}`, onclick: choose(value)},
            text.text))));
    return menu;
  }

  element_radio_buttons(element, block) {
    return make('div', {class: 'choices'}, optionsOf(element).map(({text, value}) => {
      const onchange = ({currentTarget}) => this.do(currentTarget, element, block, value);
      const radio = {type: 'radio', name: element.action_id, value, onchange};
      return make('label', {}, make('input', radio), text.text);
    }));
  }
}

function optionsOf(element) {
  return element.options ?? element.option_groups?.flatMap(({options}) => options) ?? [];
}
