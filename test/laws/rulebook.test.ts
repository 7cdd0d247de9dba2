// The rule book is kept in test/golden and must be current: `npx vitest run test/laws/rulebook.test.ts -u` writes it.
import { expect, it } from 'vitest';
import { rulebook } from '../../laws/rulebook';

it('the rule book is current', async () => {
  await expect(rulebook()).toMatchFileSnapshot('../golden/rulebook.txt');
});
