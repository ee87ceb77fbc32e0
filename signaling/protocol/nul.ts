/**
 * Whether a text in it has the character NUL. No text of a person does, JSON and addresses can all the same (`\u0000`, `%00`), and of the
 * two engines of the store only SQLite keeps it. For what a schema has read: its depth is bounded.
 */
export function holdsNul(value: unknown): boolean {
  if (typeof value === "string") return value.includes("\0");
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([name, held]) => holdsNul(name) || holdsNul(held));
}
