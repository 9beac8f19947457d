// The page of somebody signed in: reads everything once, then follows the stream.

import { useEffect, useState } from "preact/hooks";
import { request } from "./api";
import { useDuties } from "./duties";
import { waitingOf } from "./order";
import { usePlant } from "./plant";
import { Alarms } from "./parts/alarms";
import { Boards } from "./parts/boards";
import { Factor } from "./parts/factor";
import { Header } from "./parts/header";
import { Journal } from "./parts/journal";
import { Mix } from "./parts/mix";
import { Notice } from "./parts/notice";
import { Rounds } from "./parts/rounds";
import { Yard } from "./parts/yard";
import type { Language, Me, Site } from "./types";

interface Props {
  site: Site;
  me: Me;
  onLanguage(language: Language): void;
  onLeave(): void;
}

export function Board({ site, me, onLanguage, onLeave }: Props) {
  const plant = usePlant(onLeave);
  const duties = useDuties(plant.journal[0]?.n);
  const [leaving, setLeaving] = useState(false);
  const leave = async () => {
    setLeaving(true);
    await request("DELETE", "/session").catch(() => undefined);
    onLeave();
  };
  // What cannot be read counts like a lost line: nothing below may look well.
  const lost = plant.link === "lost" || plant.unread;
  const waiting = waitingOf(plant.alarms ?? []);
  useEffect(() => {
    document.title = `${waiting > 0 ? `(${waiting}) ` : ""}${site.name} · Hinoban`;
  }, [waiting, site]);
  return (
    <>
      <div class="pinned">
        <Header
          site={site}
          me={me}
          link={plant.link}
          nowMs={plant.nowMs}
          leaving={leaving}
          onLanguage={onLanguage}
          onLeave={() => void leave()}
        />
        <Notice
          link={plant.link}
          unread={plant.unread}
          heardMs={plant.heardMs}
          nowMs={plant.nowMs}
          health={plant.health}
        />
      </div>
      <main class={lost ? "stale" : ""}>
        <Alarms plant={plant} duties={duties} me={me} lost={lost} />
        <div class="centre">
          <Rounds duties={duties} me={me} nowMs={plant.nowMs} />
          <Yard stores={plant.stores} alarms={plant.alarms ?? []} lost={lost} nowMs={plant.nowMs} />
        </div>
        <Factor live={plant.factor} records={plant.records} nowMs={plant.nowMs} />
        <Mix cofiring={plant.cofiring} nowMs={plant.nowMs} />
        <Journal events={plant.journal} nowMs={plant.nowMs} />
        <Boards boards={plant.boards} lost={lost} nowMs={plant.nowMs} />
      </main>
    </>
  );
}
