// The panel that trains: a curve of the loss, and what the model makes of it.
import { key } from 'adjoint/random';
import { type Entry, lossCurve } from 'adjoint/train';
import { cnn } from './cnn';
import { button, choice, element } from './elements';
import { gpt } from './gpt';
import type { Running } from './learner';

const learners = [gpt, cnn];
/** Milliseconds between two pictures, and points of a curve. */
const [pause, most] = [400, 300] as const;
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

export const trainingPanel = (): HTMLElement => {
  const [curve, picture] = [element('div', { className: 'curve' }), element('div', { className: 'picture' })];
  const state = element('output', {});
  const section = element('section', { id: 'training' });
  let learner = learners[0] as (typeof learners)[number];
  let run: Running | null = null;
  let [on, losses] = [false, [] as number[]];

  const show = (): void => {
    if (run === null || losses.length === 0) return;
    const stride = Math.ceil(losses.length / most);
    const entries = losses.flatMap((loss, i): Entry[] =>
      i % stride === 0 ? [{ step: i + 1, numbers: { loss } }] : [],
    );
    curve.innerHTML = lossCurve(entries, { title: learner.name });
    run.draw(picture);
  };
  const train = async (): Promise<void> => {
    const began = run ?? learner.start(key(0));
    run = began;
    section.ariaBusy = 'true';
    state.value = 'compiling ...';
    await began.prepare();
    let [shownAt, from, steps] = [-Infinity, performance.now(), 0];
    while (on && run === began) {
      losses.push(began.step());
      steps++;
      if (performance.now() - shownAt > pause) {
        const rate = (1000 * steps) / (performance.now() - from);
        state.value = `step ${losses.length}, loss ${(losses.at(-1) as number).toFixed(3)}, ${rate.toFixed(1)} steps/s`;
        show();
        shownAt = performance.now();
        [from, steps] = [shownAt, 0];
      }
      await turn();
    }
    if (run === began) show();
    if (!on) section.ariaBusy = 'false';
  };
  const toggle = button('Train', () => {
    on = !on;
    toggle.textContent = on ? 'Pause' : 'Train';
    if (on) train().catch(failed);
  });
  const failed = (error: unknown): void => {
    on = false;
    toggle.textContent = 'Train';
    state.replaceChildren(element('span', { className: 'wrong', textContent: String(error) }));
  };
  const restart = (): void => {
    if (on) toggle.click();
    [run, losses] = [null, []];
    state.value = '';
    curve.replaceChildren();
    picture.replaceChildren();
  };
  const which = choice('Model', learners, (chosen) => {
    learner = chosen;
    restart();
  });
  section.append(
    element('div', { className: 'row' }, [which, toggle, button('Start again', restart), state]),
    element('div', { className: 'columns' }, [curve, picture]),
  );
  return section;
};
