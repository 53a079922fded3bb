import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { escapeText, html } from '../../../cli/report/html.ts';

describe('a template', () => {
  it('escapes what is put into it, and takes markup as it is', () => {
    const inner = html`<b>${'<i>'}</b>`;

    expect(html`<p title="${'"x"'}">${inner}${['&', undefined, 3]}</p>`.text).toBe(
      '<p title="&quot;x&quot;"><b>&lt;i&gt;</b>&amp;3</p>',
    );
  });

  it('leaves no text that could open an element, end an attribute or begin an entity', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeText(text).replaceAll(/&(?:amp|lt|gt|quot|#39);/g, '')).not.toMatch(/[<>"'&\u0000]/);
      }),
    );
  });

  it('replaces what no page may hold', () => {
    expect(escapeText('a\u0000b\u001B[31mc\uD800d\n')).toBe('a\uFFFDb\uFFFD[31mc\uFFFDd\n');
  });
});
