import { useState } from "preact/hooks";
import { age, digitsOf, number, unitText, UNKNOWN } from "../format";
import { type Key, useWords } from "../i18n";
import { hottest, shownStatus, temperatures } from "../order";
import type { Store, Value } from "../types";
import { Early } from "./early";
import { Trend } from "./trend";

interface Props {
  store: Store;
  lost: boolean;
  nowMs: number;
}

const SIGNS: Record<string, string> = {
  alarm: "▲",
  warning: "△",
  fault: "✕",
  silent: "○",
  no_data: "○",
  ok: "✓",
};

/** One word and one sign for a store. */
export function StatusWord({ store, lost }: { store: Store; lost: boolean }) {
  const { t } = useWords();
  const status = shownStatus(store, lost);
  const words = status === store.status ? [t(`status.${status}`)] : [];
  return (
    <span class={`status ${status}`}>
      <span aria-hidden="true">{SIGNS[status] ?? ""}</span>{" "}
      {[...words, ...(lost ? [t("status.stale")] : [])].join(" · ")}
    </span>
  );
}

export function StoreCard({ store, lost, nowMs }: Props) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  const co = store.values["co_ppm"];
  return (
    <details
      class={`store ${shownStatus(store, lost)}`}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>
        <span class="store-name">{store.name || store.id}</span>
        <StatusWord store={store} lost={lost} />
        <span class="values">
          <Figure label="value.temp" value={hottestValue(store)} unit="degc" nowMs={nowMs} />
          <Figure label="value.co" value={co} unit="ppm" nowMs={nowMs} />
        </span>
      </summary>
      {open && (
        <div class="more">
          <p class="quiet-text">{t("yard.represents", { n: store.represents })}</p>
          {temperatures(store).map(([n]) => (
            <Trend key={n} point={`yard.${store.id}.temp_${n}_degc`} unit="degc" label={t("value.temp.n", { n })} />
          ))}
          {co && <Trend point={`yard.${store.id}.co_ppm`} unit="ppm" label={t("value.co")} />}
          <Early store={store.id} gas={co !== undefined} />
        </div>
      )}
    </details>
  );
}

/** The hottest known temperature; where none is known, one that says why. */
function hottestValue(store: Store): Value | undefined {
  const all = temperatures(store).map(([, value]) => value);
  return all.find((value) => value.value !== null && value.value === hottest(store)) ?? all[0];
}

interface FigureProps {
  label: Key;
  value: Value | undefined;
  unit: string;
  nowMs: number;
}

export function Figure({ label, value, unit, nowMs }: FigureProps) {
  const { t, word, language } = useWords();
  const known = value !== undefined && value.value !== null;
  return (
    <span class={`figure ${known && value.quality === "good" ? "" : "doubtful"}`}>
      <small>{t(label)}</small>
      <strong>
        {known ? number(language, value.value, digitsOf(unit)) : UNKNOWN}
        <i>{unitText(unit)}</i>
      </strong>
      <small>
        {value?.reason
          ? word("reason", value.reason)
          : value && t("value.ago", { age: age(language, value.t_utc, nowMs) })}
      </small>
    </span>
  );
}
