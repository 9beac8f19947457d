// Who is told of alarms, and whether they can be reached.

export interface Recipient {
  id: string;
  waiting: number;
  urgent: number;
  oldest_utc: string | null;
  why: string;
}

export interface Sent {
  number: number;
  recipient: string;
  kind: string;
  progress: string;
  tried_utc: string | null;
}

export interface Notices {
  recipients: Recipient[];
  sent: Sent[];
}

const PAGES = new Set(["page", "escalation", "reminder"]);

/** The newest message about an alarm that went out; null where none is remembered. */
export function lastPage(notices: Notices): Sent | null {
  return notices.sent.find((one) => PAGES.has(one.kind) && one.progress === "sent") ?? null;
}

/** Those whose last attempt failed. */
export function unreached(notices: Notices): Recipient[] {
  return notices.recipients.filter((one) => one.why !== "");
}
