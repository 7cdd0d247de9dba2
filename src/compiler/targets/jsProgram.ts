// Program IR as JavaScript: regions are views of typed arrays, procedures functions of such views.
import { encode, recordOf } from '../../core/dtype';
import {
  allInstructions,
  type Carry,
  type Cursor,
  type Instruction,
  mainOf,
  type Procedure,
  type Program,
  type Region,
} from '../program/ir';

const name = ({ id }: Region): string => `b${id}`;
const names = (regions: readonly Region[]): string => regions.map(name).join(', ');

class ProcedureText {
  /** What is made once for an arena: views of it, and the procedures that are called with their own parts of it. */
  readonly made: string[] = [];
  private calls = 0;
  private hosts = 0;

  block(body: readonly Instruction[], indent: string): string {
    return body.flatMap((i) => this.instruction(i, indent)).join('\n');
  }
  private loop(carries: readonly Carry[], head: string, body: string, indent: string): string {
    const inner = `${indent}  `;
    return [
      ...carries.flatMap(({ current, next, from, buffers: [first, second] }) => [
        `${indent}let ${name(current)} = ${name(from)}, ${name(next)} = ${name(first)}, o${next.id} = ${name(second)};`,
      ]),
      `${indent}${head} {`,
      body,
      ...carries.map(({ current, next }) => {
        const other = `o${next.id}`;
        return `${inner}${name(current)} = ${name(next)}; ${name(next)} = ${other}; ${other} = ${name(current)};`;
      }),
      `${indent}}`,
    ].join('\n');
  }
  private cursor({ region, of, start, step }: Cursor, i: string, indent: string): string {
    const at = `${start} + ${i} * ${step}`;
    return `${indent}const ${name(region)} = ${name(of)}.subarray(${at}, ${at} + ${region.size});`;
  }

  private instruction(i: Instruction, indent: string): readonly string[] {
    const inner = `${indent}  `;
    switch (i.op) {
      case 'allocate': {
        const { dtype, size } = i.region;
        this.made.push(
          `const ${name(i.region)} = new ${recordOf(dtype).storage.name}(arena, base + ${i.offset}, ${size});`,
        );
        return [];
      }
      case 'constant': {
        const stored = encode(i.region.dtype, i.value);
        return [`${indent}${name(i.region)}.fill(${Object.is(stored, -0) ? '-0' : stored});`];
      }
      case 'kernel':
        return [`${indent}k${i.kernel}(${names(i.regions)}${i.extent === undefined ? '' : `, ${i.extent}`});`];
      case 'call': {
        const call = `c${this.calls++}`;
        this.made.push(`const ${call} = p${i.procedure}(arena, base + ${i.arena});`);
        return [`${indent}${call}(${names(i.regions)});`];
      }
      case 'loop': {
        const counter = `i${this.calls}`;
        const cursors = i.cursors.map((c) => this.cursor(c, counter, inner));
        const body = [...cursors, this.block(i.body, inner)].join('\n');
        return [this.loop(i.carries, `for (let ${counter} = 0; ${counter} < ${i.count}; ${counter}++)`, body, indent)];
      }
      case 'while': {
        const [condition, body] = [this.block(i.condition, inner), this.block(i.body, inner)];
        const asks = `${inner}if (${name(i.flag)}[0] === 0) break;`;
        return [this.loop(i.carries, 'for (;;)', `${condition}\n${asks}\n${body}`, indent)];
      }
      case 'branch': {
        const last = i.branches.length - 1;
        const heads = i.branches.map((_, n) => (n === last ? '{' : `if (${name(i.index)}[0] <= ${n}) {`));
        return [
          ...i.branches.map((b, n) => `${indent}${n === 0 ? '' : '} else '}${heads[n]}\n${this.block(b, inner)}`),
          `${indent}}`,
        ];
      }
      case 'copy':
        return [`${indent}if (${name(i.to)} !== ${name(i.from)}) ${name(i.to)}.set(${name(i.from)});`];
      case 'barrier':
        return [];
      case 'alone':
        return [this.block(i.body, indent)];
      case 'host': {
        const [inputs, outputs] = [i.inputs, i.outputs].map((arrays) => names(arrays.map((a) => a.region)));
        return [`${indent}host(${this.hosts++}, [${inputs}], [${outputs}]);`];
      }
    }
  }
}

const procedureText = ({ parameters, body }: Procedure): string => {
  const text = new ProcedureText();
  const run = text.block(body, '    ');
  return [
    '(arena, base) => {',
    ...text.made.map((line) => `  ${line}`),
    `  return (${names(parameters)}) => {`,
    run,
    '  };',
    '}',
  ].join('\n');
};

/**
 * The source of a program: the body of a function of its kernels and of what runs the calls of the host, by their numbers in the last
 * procedure. It returns a function of the arena and an offset in it, which gives the program as a function of its parameters.
 */
export const renderJsProgram = ({ kernels, procedures }: Program): string =>
  [
    "'use strict';",
    ...(kernels.length === 0 ? [] : [`const [${kernels.map((_, k) => `k${k}`).join(', ')}] = kernels;`]),
    ...procedures.map((p, i) => `const p${i} = ${procedureText(p)};`),
    `return p${procedures.length - 1};`,
  ].join('\n');

/** The calls of the host in the order of their numbers. */
export const hostCalls = (program: Program) =>
  allInstructions(mainOf(program).body).flatMap((i) => (i.op === 'host' ? [i] : []));
