/** What is left of a way for somebody who is on it. */

interface Point {
  readonly latitude: number;
  readonly longitude: number;
}

/** The way from `here` on: the stretch that lies nearest is where they are, the rest is to come. */
export function onwards<P extends Point>(way: readonly P[], here: P): P[] {
  const narrow = Math.cos((here.latitude * Math.PI) / 180);
  const flat = way.map((each) => ({
    x: (each.longitude - here.longitude) * narrow,
    y: each.latitude - here.latitude,
  }));
  let next = Math.max(0, way.length - 1);
  let nearest = Infinity;
  for (let i = 1; i < flat.length; i += 1) {
    const a = flat[i - 1] ?? { x: 0, y: 0 };
    const b = flat[i] ?? a;
    const [dx, dy] = [b.x - a.x, b.y - a.y];
    const length = dx * dx + dy * dy;
    const share = length > 0 ? Math.min(1, Math.max(0, -(a.x * dx + a.y * dy) / length)) : 0;
    const away = Math.hypot(a.x + share * dx, a.y + share * dy);
    // Of stretches as near as one another the first: nobody is shown past what they must still walk.
    if (away < nearest) [nearest, next] = [away, i];
  }
  return [here, ...way.slice(next)];
}
