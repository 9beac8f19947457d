// Requests to the gateway: same origin, session cookie, CSRF token on what changes something.

export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
  ) {
    super(detail);
  }
}

const BASE = "/api/v1";
/** A question that hangs is a question not answered; a decision is waited for [ms]. */
const ANSWER_MS = 10_000;
let csrf: string | null = null;

export function useCsrf(token: string | null): void {
  csrf = token;
}

export async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET" && csrf !== null) headers["X-CSRF-Token"] = csrf;
  const init: RequestInit = { method, headers, credentials: "same-origin", cache: "no-store" };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (method === "GET") init.signal = AbortSignal.timeout(ANSWER_MS);
  const answer = await fetch(BASE + path, init);
  if (!answer.ok) throw new Refused(answer.status, await detailOf(answer));
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

export function get<T>(path: string): Promise<T> {
  return request<T>("GET", path);
}

async function detailOf(answer: Response): Promise<string> {
  try {
    const problem = (await answer.json()) as { detail?: string };
    return problem.detail ?? answer.statusText;
  } catch {
    return answer.statusText;
  }
}
