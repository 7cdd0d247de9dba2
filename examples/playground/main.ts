// The page: three panels, of which one is seen.
import { configure } from 'adjoint';
import { button } from './elements';
import { stagesPanel } from './stages';
import { trainingPanel } from './training';
import { typesPanel } from './types';

const panels = [
  { name: 'Train', panel: trainingPanel() },
  { name: 'Types', panel: typesPanel() },
  { name: 'Stages', panel: stagesPanel() },
];
const tabs = panels.map(({ name }, i) => button(name, () => open(i)));
const open = (chosen: number): void => {
  for (const [i, tab] of tabs.entries()) tab.ariaSelected = String(i === chosen);
  for (const [i, { panel }] of panels.entries()) panel.hidden = i !== chosen;
};
for (const tab of tabs) tab.role = 'tab';
for (const { panel } of panels) panel.role = 'tabpanel';
document.querySelector('#tabs')?.append(...tabs);
document.querySelector('main')?.append(...panels.map(({ panel }) => panel));
const { target, threads } = configure();
const settings = document.querySelector('#settings');
if (settings !== null) settings.textContent = `target ${target}, ${threads} thread${threads === 1 ? '' : 's'}`;
open(0);
