import { age, number, percent } from "../format";
import { useWords } from "../i18n";
import { slices } from "../mix";
import type { Cofiring, FuelFlow } from "../types";

interface Props {
  cofiring: Cofiring | null;
  nowMs: number;
}

export function Mix({ cofiring, nowMs }: Props) {
  const { t, word, language } = useWords();
  if (cofiring === null) {
    return (
      <section class="mix" aria-labelledby="mix-title">
        <h2 id="mix-title">{t("mix.title")}</h2>
        <p class="card quiet-text">{t("mix.none")}</p>
      </section>
    );
  }
  const nameOf = (fuel: FuelFlow) => fuel.name[language] ?? fuel.name.en ?? fuel.id;
  return (
    <section class="mix" aria-labelledby="mix-title">
      <h2 id="mix-title">
        {t("mix.title")}
        <small>{t("value.ago", { age: age(language, cofiring.valid_to_utc, nowMs) })}</small>
      </h2>
      <div class="card">
        <Bar label={t("mix.mass")} fuels={cofiring.fuels} share={(fuel) => fuel.share_mass} />
        <Bar label={t("mix.heat")} fuels={cofiring.fuels} share={(fuel) => fuel.share_heat} />
        <table class="fuels">
          <thead>
            <tr>
              <th scope="col">{t("mix.fuel")}</th>
              <th scope="col">{t("mix.rate")}</th>
              <th scope="col">{t("mix.mass")}</th>
              <th scope="col">{t("mix.heat")}</th>
            </tr>
          </thead>
          <tbody>
            {cofiring.fuels.map((fuel, n) => (
              <tr key={fuel.id}>
                <th scope="row">
                  <svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">
                    <rect class={`fuel-${n % 6}`} width="10" height="10" rx="2" />
                  </svg>
                  {nameOf(fuel)}
                  {fuel.biomass && <small> {t("mix.biomass")}</small>}
                </th>
                <td>{number(language, fuel.mass_kg_per_h, 0)}</td>
                <td>{percent(language, fuel.share_mass)}</td>
                <td>{percent(language, fuel.share_heat)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <p class="total">
          {t("mix.biomass.heat", {
            share: percent(language, cofiring.biomass_share_heat),
            mass: percent(language, cofiring.biomass_share_mass),
          })}
        </p>
        <p class="quiet-text">
          {t("mix.basis")} ·{" "}
          {t("factor.window", {
            span: age(language, cofiring.valid_from_utc, Date.parse(cofiring.valid_to_utc)),
          })}
          {cofiring.reason && ` · ${word("reason", cofiring.reason)}`}
        </p>
      </div>
    </section>
  );
}

interface BarProps {
  label: string;
  fuels: FuelFlow[];
  share(fuel: FuelFlow): number | null;
}

function Bar({ label, fuels, share }: BarProps) {
  const { language } = useWords();
  const parts = slices(fuels.map(share));
  const said = fuels.map((fuel) => `${fuel.id} ${percent(language, share(fuel))}`).join(", ");
  return (
    <div class="stack">
      <span>{label}</span>
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label={`${label}: ${said}`}>
        <rect class="unknown" width="100" height="8" />
        {parts.map(({ from, width }, n) => (
          <rect key={n} class={`fuel-${n % 6}`} x={from * 100} width={width * 100} height="8" />
        ))}
      </svg>
    </div>
  );
}
