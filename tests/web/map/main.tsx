/** A page with nothing but a map, for tests: what it is given comes from `window.given`. */
import { signal } from "@preact/signals";
import { chooseTheme } from "@/common/theme";
import { chooseLanguage } from "@/i18n";
import { IncidentMap, type IncidentMapProps } from "@/map";
import { mount } from "@/ui/mount";

type Given = Omit<IncidentMapProps, "onSelect" | "onPlace" | "label">;

const given = signal<Given>({});
const said: unknown[] = [];

Object.assign(window, {
  said,
  chooseTheme,
  chooseLanguage,
  give(props: Given) {
    given.value = { ...given.value, ...props };
  },
  /** Things that move by themselves, a step for each turn of a timer that is faster than frames. */
  move(count: number, turns: number) {
    return new Promise<void>((resolve) => {
      let turn = 0;
      const timer = setInterval(() => {
        turn += 1;
        given.value = {
          ...given.value,
          responders: Array.from({ length: count }, (_, row) => ({
            id: `r${row}`,
            label: `R-${row}`,
            task: (["direct", "via_aed", "guide"] as const)[row % 3] ?? "direct",
            state: "accepted" as const,
            place: {
              latitude: 43.72 + ((row % 50) / 50) * 0.03 + turn * 0.00002,
              longitude: 7.4 + (Math.floor(row / 50) / 40) * 0.04 + turn * 0.00002,
            },
          })),
        };
        if (turn >= turns) {
          clearInterval(timer);
          resolve();
        }
      }, 2);
    });
  },
});

function Harness() {
  return (
    <main style={{ height: "100vh" }}>
      <h1 class="visually-hidden">Map</h1>
      <IncidentMap
        {...given.value}
        label="Map of the town"
        onSelect={(selected) => {
          said.push({ selected });
          given.value = { ...given.value, selected };
        }}
        onPlace={(place) => said.push({ place })}
      />
    </main>
  );
}

mount(<Harness />);
