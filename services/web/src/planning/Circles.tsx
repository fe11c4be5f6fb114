/** The ten-minute circles: whom each station's units reach, and all of them together. */
import { number } from "@/i18n";
import { share } from "./format";
import { edited } from "./state";
import { goal, picked } from "./tools";
import type { Circle } from "./types";
import { p } from "./words";

const MOST = 40;

export function Circles({ circles }: { circles: readonly Circle[] }) {
  const city = circles.find((each) => each.station_id === null);
  const stations = circles.filter((each) => each.station_id !== null);
  if (stations.length === 0) return null;
  return (
    <details>
      <summary>
        <h3>{p("circles.title")}</h3>
      </summary>
      {city && (
        <p class="soft">
          {p("circles.sentence", {
            share: share(city.population_share),
            people: number(city.population),
          })}
        </p>
      )}
      <table>
        <thead>
          <tr>
            <th scope="col">{p("circles.station")}</th>
            <th scope="col" class="at-end">
              {p("column.population_share")}
            </th>
            <th scope="col" class="at-end">
              {p("circles.share")}
            </th>
          </tr>
        </thead>
        <tbody>
          {stations.slice(0, MOST).map((each) => (
            <tr key={each.station_id}>
              <th scope="row">
                <Name circle={each} />
              </th>
              <td class="numbers at-end">{number(each.population)}</td>
              <td class="numbers at-end">{share(each.population_share)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {stations.length > MOST && (
        <p class="soft">{p("circles.more", { count: stations.length - MOST })}</p>
      )}
    </details>
  );
}

function Name({ circle }: { circle: Circle }) {
  const found = edited.value.stations.find(({ site }) => site.id === circle.station_id);
  if (!found) return <>{circle.name}</>;
  return (
    <button
      type="button"
      class="link"
      onClick={() => {
        goal.value = { place: found.site, zoom: 12 };
        picked.value = { kind: "site", site: { kind: "stations", id: found.site.id } };
      }}
    >
      {circle.name}
    </button>
  );
}
