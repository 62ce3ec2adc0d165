/** Small helpers for the SVG that this folder draws itself. Pure. */

/** Text for the content of an element. Control characters and two non-characters are not allowed in XML at all. */
export function escapeXml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
  return text.replace(/[&<>]/g, (c) => entities[c]!).replace(/[\p{Cc}\uFFFE\uFFFF]/gu, ' ');
}

/** One line of text, `y` its base line. */
export function svgText(
  text: string,
  at: {
    readonly x: number;
    readonly y: number;
    readonly size: number;
    readonly anchor?: 'start' | 'end';
  },
): string {
  return `<text x="${at.x}" y="${at.y}" font-family="sans-serif" font-size="${at.size}" fill="#222" text-anchor="${at.anchor ?? 'start'}">${escapeXml(text)}</text>`;
}

/** A document of its own, or a part of another. */
export function svgElement(width: number, height: number, content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${content}</svg>`;
}
