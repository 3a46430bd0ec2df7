/** A rectangle in pixels: its left, its top, its size. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * A spot for a label: where its text begins, ends or has its middle, on which height, and what it
 * covers.
 */
export interface Spot {
  readonly anchor: 'start' | 'middle' | 'end';
  readonly x: number;
  readonly y: number;
  readonly box: Box;
}

/** Whether two rectangles share an area. */
export const overlap = (one: Box, other: Box): boolean =>
  one.x < other.x + other.width &&
  other.x < one.x + one.width &&
  one.y < other.y + other.height &&
  other.y < one.y + one.height;

const inside = (box: Box, frame: Box): boolean =>
  box.x >= frame.x &&
  box.y >= frame.y &&
  box.x + box.width <= frame.x + frame.width &&
  box.y + box.height <= frame.y + frame.height;

function spotAt(
  anchor: Spot['anchor'],
  x: number,
  y: number,
  size: { width: number; height: number },
): Spot {
  const left = anchor === 'start' ? x : anchor === 'end' ? x - size.width : x - size.width / 2;
  return { anchor, x, y, box: { x: left, y: y - size.height / 2, ...size } };
}

/**
 * The first spot beside a mark, in the order right, left, above, below and between, where a label
 * covers nothing of `taken`; null where there is none.
 */
export function spotBeside(
  mark: { x: number; y: number },
  size: { width: number; height: number },
  frame: Box,
  taken: readonly Box[],
): Spot | null {
  const gap = 10;
  const rise = size.height / 2 + 8;
  const spots = [
    spotAt('start', mark.x + gap, mark.y, size),
    spotAt('end', mark.x - gap, mark.y, size),
    spotAt('middle', mark.x, mark.y - rise, size),
    spotAt('middle', mark.x, mark.y + rise, size),
    spotAt('start', mark.x + 4, mark.y - rise, size),
    spotAt('end', mark.x - 4, mark.y - rise, size),
    spotAt('start', mark.x + 4, mark.y + rise, size),
    spotAt('end', mark.x - 4, mark.y + rise, size),
  ];
  return (
    spots.find((spot) => inside(spot.box, frame) && !taken.some((box) => overlap(spot.box, box))) ??
    null
  );
}

/**
 * The nearest spot around a mark, on rings that grow, where a label covers nothing of `taken`;
 * null where the frame is full.
 */
export function spotNear(
  mark: { x: number; y: number },
  size: { width: number; height: number },
  frame: Box,
  taken: readonly Box[],
): Spot | null {
  for (let radius = 12; radius <= Math.hypot(frame.width, frame.height); radius += 4) {
    const steps = Math.max(8, Math.round(radius / 2));
    for (let step = 0; step < steps; step++) {
      const angle = (2 * Math.PI * step) / steps - Math.PI / 4;
      const spot = spotAt(
        'middle',
        mark.x + radius * Math.cos(angle),
        mark.y + radius * Math.sin(angle),
        size,
      );
      if (inside(spot.box, frame) && !taken.some((box) => overlap(spot.box, box))) return spot;
    }
  }
  return null;
}
