import { useRef, useState } from "preact/hooks";
import { request } from "../api";
import { useWords } from "../i18n";
import { type Round, SIGNS, typed } from "../rounds";
import { Dialog } from "./dialog";

interface Props {
  round: Round;
  onEntered(): void;
  onClose(): void;
}

const FIGURES = [
  ["co_ppm", "value.co", "ppm"],
  ["temp_degc", "value.temp", "°C"],
  ["o2_percent", "value.o2", "%"],
] as const;

/** One container after the other, with one thumb: the next one is chosen, the figures are empty. */
export function ReadingForm({ round, onEntered, onClose }: Props) {
  const { t, word } = useWords();
  const [store, setStore] = useState(round.missing[0] ?? round.stores[0] ?? "");
  const [written, setWritten] = useState<string | null>(null);
  const fields = useRef<HTMLDivElement>(null);
  const measured = round.stores.filter((one) => !round.missing.includes(one));

  const enter = async (form: FormData) => {
    const figures: Record<string, number | null> = {};
    for (const [name, label] of FIGURES) {
      const value = typed(String(form.get(name) ?? ""));
      if (Number.isNaN(value)) throw new Error(t("rounds.number", { what: t(label) }));
      figures[name] = value;
    }
    const signs = form.getAll("signs");
    if (figures.co_ppm === null && figures.temp_degc === null && signs.length === 0) {
      throw new Error(t("rounds.empty"));
    }
    const comment = form.get("comment") || null;
    await request("POST", `/rounds/${round.id}/entries`, { store, ...figures, signs, comment });
    setWritten(store);
    const left = round.missing.filter((one) => one !== store);
    // What comes after the one just measured, in the order of the yard.
    const place = round.stores.indexOf(store);
    setStore(left.find((one) => round.stores.indexOf(one) > place) ?? left[0] ?? store);
    fields.current?.closest("form")?.reset();
    onEntered();
  };
  const turn = () => {
    const input = fields.current?.querySelector<HTMLInputElement>("input[name=temp_degc]");
    if (input) input.value = input.value.startsWith("-") ? input.value.slice(1) : `-${input.value}`;
  };
  return (
    <Dialog
      title={t("rounds.enter")}
      submit={t("rounds.save")}
      leave={t(written === null ? "dialog.cancel" : "rounds.done")}
      onSubmit={enter}
      onClose={onClose}
    >
      <div class="reading" ref={fields}>
        <p class="rule">{t("rounds.rule")}</p>
        <label>
          {t("rounds.store")}
          <select value={store} onChange={(event) => setStore(event.currentTarget.value)}>
            {round.missing.length > 0 && (
              <optgroup label={t("rounds.missing", { n: round.missing.length })}>
                {round.missing.map((one) => (
                  <option key={one}>{one}</option>
                ))}
              </optgroup>
            )}
            {measured.length > 0 && (
              <optgroup label={t("rounds.again")}>
                {measured.map((one) => (
                  <option key={one}>{one}</option>
                ))}
              </optgroup>
            )}
          </select>
        </label>
        <div class="typed">
          {FIGURES.map(([name, label, unit]) => (
            <label key={name}>
              <span>
                {t(label)} <i>{unit}</i>
              </span>
              <input name={name} inputMode="decimal" autoComplete="off" maxLength={8} />
            </label>
          ))}
          <button type="button" aria-label={t("rounds.minus")} onClick={turn}>
            ±°C
          </button>
        </div>
        <fieldset>
          <legend>{t("rounds.signs")}</legend>
          {SIGNS.map((sign) => (
            <label key={sign}>
              <input type="checkbox" name="signs" value={sign} /> {word("sign", sign)}
            </label>
          ))}
        </fieldset>
        <label>
          {t("dialog.comment")}
          <input name="comment" maxLength={500} autoComplete="off" />
        </label>
        {written && (
          <p class="written" role="status">
            {t("rounds.written", { store: written, n: round.missing.length })}
          </p>
        )}
      </div>
    </Dialog>
  );
}
