// SVG as text: elements, and the one style sheet. Colours come as classes, so that a reader's dark page turns them.

type Attributes = Readonly<Record<string, string | number>>;

export function element(name: string, attributes: Attributes, ...content: readonly string[]): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${rounded(value)}"`);
  return content.length === 0
    ? `<${name}${written.join('')}/>`
    : `<${name}${written.join('')}>${content.join('')}</${name}>`;
}

export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escaped(content));
}

export function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function rounded(value: string | number): string {
  return typeof value === 'number' ? String(Math.round(value * 100) / 100) : value;
}

/** Told apart by hue and lightness on white and on black, and by their marks where neither is seen. */
const HUES: readonly (readonly [onLight: string, onDark: string])[] = [
  ['#0b62c4', '#6cb2ff'],
  ['#0a8f8a', '#4fd6cf'],
  ['#6b7280', '#a3abb8'],
  ['#8a5a00', '#e0b050'],
  ['#b0307a', '#f08cc4'],
  ['#c2410c', '#ff9a63'],
];

const inks = (index: 0 | 1): string =>
  HUES.map((hue, kind) => `.k${kind}{stroke:${hue[index]};fill:${hue[index]}}`).join('');

export const STYLE = [
  'text{font:13px system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif;fill:#24292f}',
  '.head{font-weight:600}.faint{fill:#57606a;font-size:12px}',
  '.grid{stroke:#8c959f;stroke-opacity:.35}.best{stroke:#24292f;stroke-width:2;stroke-dasharray:5 3;fill:none}',
  '.whole{stroke:#57606a;stroke-width:1.5}.line{fill:none;stroke-width:2}.hollow{fill-opacity:0;stroke-width:1.6}',
  inks(0),
  '.line,.whisker{fill:none}',
  '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.faint{fill:#9aa4af}.best{stroke:#e6edf3}.whole{stroke:#9aa4af}',
  inks(1),
  '.line,.whisker{fill:none}}',
].join('');
