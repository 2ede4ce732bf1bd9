type Series = { name: string; points: [x: number, y: number][] };
export type Plot = { title: string; x: string; y: string; series: Series[]; kind: 'lines' | 'dots' | 'bars' };

const size = { width: 560, height: 240 };
const margin = { left: 52, right: 20, top: 10, bottom: 34 };
const colours = ['#2f6fde', '#d9822b', '#2c9c69', '#b0409a', '#7a6cd6', '#6b7785', '#c24141'];

/** Draws a plot as SVG, which needs nothing else to be shown. Both axes begin at 0. */
export function drawPlot({ title, x, y, series, kind }: Plot): string {
  const points = series.flatMap((each) => each.points);
  const most = { x: roundUp(Math.max(0, ...points.map(([at]) => at))), y: roundUp(Math.max(0, ...points.map(([, value]) => value))) };
  const atX = (value: number) => margin.left + (value / most.x) * (size.width - margin.left - margin.right);
  const atY = (value: number) => size.height - margin.bottom - (value / most.y) * (size.height - margin.top - margin.bottom);
  const place = ([at, value]: [number, number]) => `${atX(at).toFixed(1)},${atY(value).toFixed(1)}`;

  const grid = ticks(most.y).map((value) => {
    const line = `<line x1="${margin.left}" x2="${size.width - margin.right}" y1="${atY(value)}" y2="${atY(value)}" class="grid"/>`;
    return `${line}<text x="${margin.left - 6}" y="${atY(value) + 4}" text-anchor="end">${short(value)}</text>`;
  });
  const below = ticks(most.x).map((value) => `<text x="${atX(value)}" y="${size.height - 16}" text-anchor="middle">${short(value)}</text>`);
  const drawn = series.map(({ points: mine }, index) => {
    const colour = colours[index % colours.length];
    switch (kind) {
      case 'lines':
        return `<polyline points="${mine.map(place).join(' ')}" fill="none" stroke="${colour}" stroke-width="1.8"/>`;
      case 'dots':
        return mine
          .map(([at, value]) => `<circle cx="${atX(at).toFixed(1)}" cy="${atY(value).toFixed(1)}" r="2" fill="${colour}"/>`)
          .join('');
      case 'bars':
        return mine.map(([at, value]) => bar(atX(at), atY(value), atX(barWidth(mine)) - atX(0), atY(0), colour ?? '')).join('');
      default:
        return kind satisfies never;
    }
  });
  const names =
    series.length < 2
      ? ''
      : series.map(({ name }, index) => `<span style="--c:${colours[index % colours.length]}">${asText(name)}</span>`).join('');
  return `<figure><figcaption><b>${asText(title)}</b><i>${names}</i></figcaption>
<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${asText(title)}">${grid.join('')}${below.join('')}
<text x="${size.width - margin.right}" y="${size.height - 3}" text-anchor="end" class="unit">${asText(x)}</text><text x="2" y="${size.height - 3}" class="unit">${asText(y)}</text>
${drawn.join('\n')}</svg></figure>`;
}

/** How many of the values fall into each of some equal steps: the points of a plot of bars. */
export function histogram(values: readonly number[], steps = 40): [number, number][] {
  const width = roundUp(Math.max(1, ...values)) / steps;
  const counts = new Array<number>(steps).fill(0);
  for (const value of values) {
    const step = Math.min(steps - 1, Math.floor(value / width));
    counts[step] = (counts[step] ?? 0) + 1;
  }
  return counts.map((count, step) => [step * width, count]);
}

/** How many of these moments have passed at each of them: the points of a rising line. */
export function cumulated(moments: readonly number[]): [number, number][] {
  return [...moments].sort((a, b) => a - b).map((at, index) => [at, index + 1]);
}

export function asText(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.codePointAt(0)};`);
}

function bar(left: number, top: number, width: number, bottom: number, colour: string): string {
  const [x, y, w, h] = [left, top, Math.max(1, width - 1), bottom - top].map((value) => value.toFixed(1));
  return `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${colour}"/>`;
}

function barWidth(points: [number, number][]): number {
  return (points[1]?.[0] ?? 1) - (points[0]?.[0] ?? 0);
}

/** The next of 1, 2, 2.5, 5, 10, 20, … */
function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 2.5, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

function ticks(most: number): number[] {
  return [0, 0.25, 0.5, 0.75, 1].map((share) => share * most);
}

function short(value: number): string {
  return value >= 10_000 ? `${Number((value / 1_000).toPrecision(3))}k` : `${Number(value.toPrecision(3))}`;
}
