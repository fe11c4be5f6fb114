/** Every version that an AED had, and what each changed. */
import { useEffect, useState } from "preact/hooks";
import type { components } from "@/api/generated/aed_registry";
import { aedRegistry, data } from "@/common/api";
import { dateTime } from "@/i18n";
import { ErrorNote } from "@/ui/Bits";
import { changedFields } from "./changes";
import { code, r } from "./words";

type Version = components["schemas"]["AedVersionOut"];

export function AedHistory({ id, version }: { id: string; version: number }) {
  const [versions, setVersions] = useState<readonly Version[]>([]);
  const [failure, setFailure] = useState<unknown>(null);
  useEffect(() => {
    aedRegistry
      .GET("/aeds/{aed_id}/history", { params: { path: { aed_id: id } } })
      .then((page) => setVersions(data(page).items))
      .catch(setFailure);
  }, [id, version]);
  return (
    <section>
      <h3>{r("history.title")}</h3>
      {failure != null && <ErrorNote error={failure} />}
      <ol class="lines">
        {versions.map((each, index) => (
          <li key={each.version}>
            <span class="chip">{code("change", each.change)}</span>
            <span class="grow">
              {r("history.by", { version: each.version, by: each.by })}{" "}
              <span class="soft">{dateTime(each.at)}</span>
              {changedFields(versions[index + 1]?.aed, each.aed).map(([field, was, is]) => (
                <span key={field} class="soft difference">
                  {field}: <del>{was}</del> → <ins>{is}</ins>
                </span>
              ))}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
