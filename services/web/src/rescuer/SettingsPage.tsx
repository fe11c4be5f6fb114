/** The pages behind the app at rest. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Skeleton } from "@/ui/Bits";
import { Icon } from "@/ui/Icon";
import { Certificate } from "./Certificate";
import { Datum } from "./Datum";
import { History } from "./History";
import { Connection } from "./Parts";
import { Places } from "./Places";
import { Privacy } from "./Privacy";
import { PushSettings } from "./PushSettings";
import { Quiet, Transport } from "./Quiet";
import { home, type PageName } from "./route";
import { profile } from "./state";
import { Survey } from "./Survey";
import type { Profile } from "./types";
import { code, w } from "./words";

export function SettingsPage({ name }: { name: PageName }) {
  const title = useRef<HTMLHeadingElement>(null);
  // A new page: whoever hears it instead of seeing it begins at its title.
  useEffect(() => title.current?.focus(), [name]);
  return (
    <main class="phone settings">
      <header class="bar">
        <button type="button" class="button quiet back" onClick={home}>
          <Icon name="back" label={w("nav.back")} />
        </button>
        <h1 ref={title} tabIndex={-1}>
          {name === "survey" ? w("survey.title") : code("nav", name)}
        </h1>
      </header>
      <Connection />
      <Body name={name} />
    </main>
  );
}

function Body({ name }: { name: PageName }): ComponentChildren {
  const who: Profile | null = profile.value;
  if (name === "push") return <PushSettings />;
  if (name === "history") return <History />;
  if (name === "survey") return <Survey />;
  if (name === "datum") return <Datum />;
  if (!who) return <Skeleton lines={6} />;
  switch (name) {
    case "certificate":
      return <Certificate who={who} />;
    case "places":
      return <Places who={who} />;
    case "quiet":
      return <Quiet who={who} />;
    case "transport":
      return <Transport who={who} />;
    case "privacy":
      return <Privacy who={who} />;
  }
}
