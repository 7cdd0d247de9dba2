// The panel with an editor: as you type, every variable's shape, and what does not fit.
import { checker, type Finding } from './checker';
import { choice, element } from './elements';
import { type Snippet, snippets } from './snippets';

/** Milliseconds without a key. */
const rest = 300;

const lineFor = ({ line, text, wrong }: Finding): HTMLElement =>
  element('div', { className: wrong ? 'wrong' : '', textContent: `${line}: ${text}` });

export const typesPanel = (): HTMLElement => {
  const found = element('pre', { className: 'wraps', id: 'findings', textContent: 'reading the types ...' });
  let check: ReturnType<typeof checker> | null = null;
  let waiting = 0;
  const tell = (): void => {
    check ??= checker();
    found.replaceChildren(...check(editor.value).map(lineFor));
  };
  const later = (): void => {
    clearTimeout(waiting);
    waiting = window.setTimeout(tell, rest);
  };
  const editor = element('textarea', { id: 'editor', spellcheck: false }, [], { input: later });
  const begin = ({ code }: Snippet): void => {
    editor.value = code;
    later();
  };
  const panel = element('section', { id: 'types' }, [
    element('div', { className: 'row' }, [choice('Program', snippets, begin)]),
    element('div', { className: 'columns' }, [editor, found]),
  ]);
  // The types are read when they are first seen.
  new IntersectionObserver((entries, watch) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    later();
  }).observe(panel);
  editor.value = (snippets[0] as Snippet).code;
  return panel;
};
