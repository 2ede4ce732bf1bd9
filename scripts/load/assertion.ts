/** Something that the report must fulfil, such as `cut.maxMs<=20`. */
export type Assertion = { text: string; path: string[]; holds: (value: number) => boolean };

const comparisons: Record<string, (value: number, bound: number) => boolean> = {
  '<=': (value, bound) => value <= bound,
  '>=': (value, bound) => value >= bound,
  '==': (value, bound) => value === bound,
  '!=': (value, bound) => value !== bound,
  '<': (value, bound) => value < bound,
  '>': (value, bound) => value > bound,
};

/** @throws Error when it cannot be understood. */
export function parseAssertion(text: string): Assertion {
  const [, path, comparison, bound] = /^\s*([A-Za-z0-9.]+)\s*(<=|>=|==|!=|<|>)\s*(-?\d+(?:\.\d+)?)\s*$/.exec(text) ?? [];
  const compare = comparisons[comparison ?? ''];
  if (path === undefined || !compare) throw new Error(`--assert ${text}: write it as 'cut.maxMs<=20'`);
  return { text: text.trim(), path: path.split('.'), holds: (value) => compare(value, Number(bound)) };
}

/** Undefined when it holds; otherwise what to say. What was not measured does not hold; true and false count as 1 and 0. */
export function failureOf({ text, path, holds }: Assertion, report: object): string | undefined {
  let value: unknown = report;
  for (const key of path) value = value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[key] : undefined;
  const number = typeof value === 'boolean' ? Number(value) : value;
  if (typeof number !== 'number') return `${text}: ${path.join('.')} was not measured`;
  return holds(number) ? undefined : `${text}: it is ${number}`;
}
