// A lint rule: a tensor where JavaScript asks for true or false. There every object is true, and the language has no hook for it.
import type { ParserServicesWithTypeInformation, TSESLint, TSESTree } from '@typescript-eslint/utils';

type Type = ReturnType<ParserServicesWithTypeInformation['getTypeAtLocation']>;
type Checker = ReturnType<ParserServicesWithTypeInformation['program']['getTypeChecker']>;

/** Members that tell the tensors of this library from other interfaces of that name. */
const members = ['shape', 'dtype', 'item', 'broadcastTo', 'toTypedArray'];
const isTensor = (type: Type): boolean => {
  const name = type.getSymbol()?.getName() ?? '';
  return /^Tensor(\$\d+)?$/.test(name) && members.every((member) => type.getProperty(member) !== undefined);
};
/** Whether it is a tensor in every case: what may be null or undefined too is asked whether it is there. */
const isAlwaysTensor = (type: Type, checker: Checker): boolean => {
  const known = checker.getBaseConstraintOfType(type) ?? type;
  if (known.isUnion()) return known.types.every((part) => isAlwaysTensor(part, checker));
  if (known.isIntersection()) return known.types.some((part) => isAlwaysTensor(part, checker));
  return isTensor(known);
};

const isTyped = (services: object): services is ParserServicesWithTypeInformation =>
  'program' in services && services.program !== null && 'getTypeAtLocation' in services;

/**
 * Reports tensors as conditions of `if`, `while`, `do`, `for` and `?:`, and as operands of `!`, `&&` and `||` that are asked whether they
 * are true: they always are.
 */
export const noTensorCondition: TSESLint.RuleModule<'always'> = {
  meta: {
    type: 'problem',
    docs: { description: 'A tensor is always true as a condition' },
    messages: {
      always:
        'A tensor is an object, so it is always true here, whatever it holds. Ask its number, condition.item(), or choose between ' +
        'values with where(condition, x, y), which jit, grad and vmap know too.',
    },
    schema: [],
  },
  defaultOptions: [],
  create: (context) => {
    const services: object = context.sourceCode.parserServices ?? {};
    if (!isTyped(services))
      throw new Error(
        'adjoint/no-tensor-condition looks at types: lint with @typescript-eslint/parser and parserOptions: { projectService: true }.',
      );
    const checker = services.program.getTypeChecker();
    const check = (node: TSESTree.Expression | null): void => {
      if (node === null) return;
      // What is left of && and ||, and behind !, is asked by itself.
      if (node.type === 'LogicalExpression' && node.operator !== '??') check(node.right);
      else if (node.type === 'ConditionalExpression') {
        check(node.consequent);
        check(node.alternate);
      } else if (isAlwaysTensor(services.getTypeAtLocation(node), checker))
        context.report({ node, messageId: 'always' });
    };
    return {
      IfStatement: ({ test }) => check(test),
      WhileStatement: ({ test }) => check(test),
      DoWhileStatement: ({ test }) => check(test),
      ForStatement: ({ test }) => check(test),
      ConditionalExpression: ({ test }) => check(test),
      'UnaryExpression[operator="!"]': ({ argument }: TSESTree.UnaryExpression) => check(argument),
      LogicalExpression: ({ operator, left }) => {
        if (operator !== '??') check(left);
      },
    };
  },
};
