/** What a service says when it cannot do something (RFC 9457), as one error. */

export interface FieldError {
  readonly field: string;
  readonly message: string;
}

export class Problem extends Error {
  override readonly name = "Problem";

  constructor(
    /** HTTP status; 0 when no answer came. */
    readonly status: number,
    /** The last part of the problem's type, such as `conflict`. */
    readonly kind: string,
    readonly title: string,
    readonly detail: string,
    readonly errors: readonly FieldError[] = [],
    readonly retryAfterS: number | null = null,
  ) {
    super(detail || title);
  }

  /** Whether the same request may succeed later: no answer, or the server asks for patience. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export const unreachable = (): Problem => new Problem(0, "unreachable", "", "");

/** The problem that a response carries, whatever its body is. */
export async function problemOf(response: Response): Promise<Problem> {
  const retry = Number(response.headers.get("retry-after"));
  const retryAfterS = Number.isFinite(retry) && retry > 0 ? retry : null;
  let body: Record<string, unknown> = {};
  try {
    const parsed: unknown = await response.json();
    if (typeof parsed === "object" && parsed !== null) body = parsed as Record<string, unknown>;
  } catch {
    // A proxy's page or nothing at all: the status says enough.
  }
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  const errors = Array.isArray(body["errors"]) ? (body["errors"] as FieldError[]) : [];
  const kind = text(body["type"]).split(/[/:#]/).pop() ?? "";
  return new Problem(
    response.status,
    kind,
    text(body["title"]),
    text(body["detail"]),
    errors,
    retryAfterS,
  );
}
