// Elements of the page.

type Handlers = Readonly<Record<string, (event: Event) => void>>;

/** An element with properties, handlers of events and children. */
export const element = <Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]> = {},
  children: readonly (Node | string)[] = [],
  on: Handlers = {},
): HTMLElementTagNameMap[Name] => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  for (const [event, handler] of Object.entries(on)) made.addEventListener(event, handler);
  return made;
};

export const button = (label: string, press: () => void): HTMLButtonElement =>
  element('button', { type: 'button', textContent: label }, [], { click: press });

/** A choice among things with names. */
export const choice = <T extends { readonly name: string }>(
  label: string,
  things: readonly T[],
  choose: (thing: T) => void,
): HTMLLabelElement => {
  const options = things.map(({ name }, i) => element('option', { value: String(i), textContent: name }));
  const select = element('select', {}, options, {
    change: () => {
      const thing = things[Number(select.value)];
      if (thing !== undefined) choose(thing);
    },
  });
  return element('label', {}, [`${label} `, select]);
};
