/** What differs between two versions of an entry, as texts. */

type Entry = Readonly<Record<string, unknown>>;

/** Field, was, is; nothing for the first version. Fields in their own order. */
export function changedFields(
  before: Entry | undefined,
  after: Entry,
): readonly (readonly [string, string, string])[] {
  if (!before) return [];
  const text = (value: unknown): string =>
    value == null ? "—" : typeof value === "string" ? value : JSON.stringify(value);
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .map((field) => [field, text(before[field]), text(after[field])] as const)
    .filter(([, was, is]) => was !== is);
}
