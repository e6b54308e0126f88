// Evaluates expressions by feelin: a line of JSON in ([kind, text]), a line of JSON out.
import { createInterface } from 'node:readline';

import { FeelDate, FeelDateTime, FeelDuration, FeelTime, evaluate, isFunction, isRange, unaryTest } from 'feelin';

function plain(value) {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : { number: String(value) };
  if ([FeelDate, FeelDateTime, FeelDuration, FeelTime].some((one) => value instanceof one)) return `@${value}`;
  if (Array.isArray(value)) return value.map(plain);
  if (isRange(value)) return { range: true };
  if (isFunction(value) || typeof value === 'function') return { function: true };
  if (typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
  return value;
}

for await (const line of createInterface({ input: process.stdin })) {
  const [kind, text, tested] = JSON.parse(line);
  let answer;
  try {
    const { value } = kind === 'test' ? unaryTest(text, { '?': tested }) : evaluate(text, {});
    answer = { value: plain(value) };
  } catch (error) {
    answer = { error: String(error.message ?? error).slice(0, 200) };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
