import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const css = readFileSync(fileURLToPath(new URL('../../../apps/viewer/src/ui/base.css', import.meta.url)), 'utf8');
const [light = '', dark = ''] = css.split('@media (prefers-color-scheme: dark)').map((part) => part.slice(0, part.indexOf('}')));
const schemes = { light: coloursIn(light), dark: { ...coloursIn(light), ...coloursIn(dark) } };

/** What is written on what. */
const pairs = [
  ['ink', 'paper'],
  ['ink', 'card'],
  ['ink-soft', 'paper'],
  ['ink-soft', 'card'],
  ['accent', 'card'],
  ['on-accent', 'accent'],
  ['good', 'card'],
  ['good', 'good-paper'],
  ['warn', 'card'],
  ['warn', 'warn-paper'],
  ['on-cut', 'cut'],
  ['grave', 'card'],
  ['calm', 'card'],
  ['calm', 'calm-paper'],
  ['on-stage', 'stage'],
  ['on-stage-soft', 'stage'],
] as const;

describe.each(['light', 'dark'] as const)('in the %s', (scheme) => {
  test.each(pairs)('%s can be read on %s (WCAG 2.2, 1.4.3: at least 4.5)', (text, paper) => {
    const colours = schemes[scheme];
    expect(contrast(colours[text] ?? 'missing', colours[paper] ?? 'missing')).toBeGreaterThanOrEqual(4.5);
  });
});

function coloursIn(rule: string): Record<string, string> {
  return Object.fromEntries([...rule.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name = '', colour = '']) => [name, colour]));
}

/** Contrast ratio (WCAG 2.2). */
function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: string): number {
  const [red = Number.NaN, green = Number.NaN, blue = Number.NaN] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
