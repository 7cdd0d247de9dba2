// Program IR as text.
import type { Instruction, Procedure, Program, Region } from './ir';

const typed = ({ id, dtype, size }: Region): string => `%${id}:${dtype.name}[${size}]`;
const listed = (regions: readonly Region[]): string => regions.map(({ id }) => `%${id}`).join(', ');

export const showProgram = ({ kernels, procedures, outputs }: Program): string => {
  const block = (body: readonly Instruction[], indent: string): readonly string[] =>
    body.flatMap((i) => lines(i, indent));
  const lines = (i: Instruction, indent: string): readonly string[] => {
    const inner = `${indent}  `;
    const titled = (title: string, body: readonly Instruction[]): readonly string[] => [
      `${indent}${title}`,
      ...block(body, inner),
    ];
    switch (i.op) {
      case 'allocate':
        return [`${indent}allocate ${typed(i.region)} at ${i.offset}`];
      case 'constant':
        return [`${indent}constant %${i.region.id} = ${Object.is(i.value, -0) ? '-0' : i.value}`];
      case 'kernel': {
        const extent = i.extent === undefined ? '' : ` of ${i.extent}`;
        return [`${indent}kernel ${i.kernel} (${listed(i.regions)})${extent}: ${kernels[i.kernel]?.name}`];
      }
      case 'call':
        return [`${indent}call ${procedures[i.procedure]?.name} (${listed(i.regions)}) in the arena at ${i.arena}`];
      case 'loop':
      case 'while': {
        const carries = i.carries.map(
          ({ current, next, from, buffers }) =>
            `${inner}carry ${typed(current)} from %${from.id}, next %${next.id} in ${listed(buffers)}`,
        );
        if (i.op === 'while')
          return [
            `${indent}while %${i.flag.id}`,
            ...carries,
            `${inner}condition`,
            ...block(i.condition, `${inner}  `),
            `${inner}body`,
            ...block(i.body, `${inner}  `),
          ];
        const cursors = i.cursors.map(
          ({ region, of, start, step }) => `${inner}cursor ${typed(region)} in %${of.id} from ${start} by ${step}`,
        );
        return [`${indent}loop ${i.count} times`, ...carries, ...cursors, ...block(i.body, inner)];
      }
      case 'branch':
        return [
          `${indent}branch %${i.index.id}`,
          ...i.branches.flatMap((b, n) => [`${inner}${n}`, ...block(b, `${inner}  `)]),
        ];
      case 'copy':
        return [`${indent}copy %${i.from.id} to %${i.to.id}`];
      case 'barrier':
        return [`${indent}barrier`];
      case 'alone':
        return titled('alone', i.body);
      case 'host': {
        const regions = (arrays: typeof i.inputs): string => listed(arrays.map((a) => a.region));
        return [`${indent}host ${i.primitive.name} (${regions(i.inputs)}) to (${regions(i.outputs)})`];
      }
    }
  };
  const procedure = ({ name, parameters, operands, arena, body }: Procedure): readonly string[] => [
    `${name} (${parameters.slice(0, operands).map(typed).join(', ')}) to (${parameters.slice(operands).map(typed).join(', ')}), arena of ${arena} bytes`,
    ...block(body, '  '),
  ];
  return [
    ...procedures.flatMap(procedure),
    `results ${outputs.map((i) => `%${procedures[procedures.length - 1]?.parameters[i]?.id}`).join(', ')}`,
  ].join('\n');
};
