// Stacked bars: where each share begins. One unknown share leaves the whole bar unknown.

export interface Slice {
  from: number;
  width: number;
}

export function slices(shares: readonly (number | null)[]): Slice[] {
  const parts: Slice[] = [];
  let from = 0;
  for (const width of shares) {
    if (width === null) return [];
    parts.push({ from, width });
    from += width;
  }
  return parts;
}
