/** The fields of an AED. */
import type { Aed } from "./form";
import { code, r } from "./words";

function Text(props: {
  name: string;
  value: string | number | null | undefined;
  type?: "text" | "number" | "date" | "tel";
  required?: boolean;
  wide?: boolean;
  step?: string;
}) {
  const { name, value, type = "text", required = false, wide = false, step } = props;
  return (
    <label class={`field ${wide ? "across" : ""}`}>
      <span>{code("edit", name)}</span>
      <input
        name={name}
        {...({ type } as { type: "text" })}
        required={required}
        defaultValue={value == null ? "" : String(value)}
        autocomplete="off"
        {...(step ? { step } : {})}
      />
    </label>
  );
}

function Choice(props: { name: string; group: string; options: readonly string[]; value: string }) {
  return (
    <label class="field">
      <span>{code("edit", props.name)}</span>
      <select name={props.name} defaultValue={props.value}>
        {props.options.map((each) => (
          <option key={each} value={each} selected={each === props.value}>
            {props.group ? code(props.group, each) : each.toUpperCase()}
          </option>
        ))}
      </select>
    </label>
  );
}

export function AedFields({ aed }: { aed: Aed | null }) {
  return (
    <div class="fields">
      {!aed && <Text name="id" value="" required />}
      <Text name="name" value={aed?.name} required wide />
      <Text name="address" value={aed?.address} wide />
      <Text name="placement" value={aed?.placement} wide />
      <Text name="floor" value={aed?.floor} type="number" step="1" />
      <Text name="latitude" value={aed?.place.latitude} type="number" step="any" required />
      <Text name="longitude" value={aed?.place.longitude} type="number" step="any" required />
      <Choice
        name="datum"
        group=""
        options={["wgs84", "gcj02", "bd09"]}
        value={aed?.place.datum ?? "wgs84"}
      />
      <Text name="opening_hours" value={aed?.opening_hours} wide />
      <Choice
        name="access"
        group="access"
        options={["public", "staff", "private", "unknown"]}
        value={aed?.access ?? "unknown"}
      />
      <Choice
        name="state"
        group="state"
        options={["in_service", "out_of_service", "unknown"]}
        value={aed?.state ?? "unknown"}
      />
      <Text name="access_code" value={aed?.access_code} />
      <label class="check">
        <input type="checkbox" name="code_required" defaultChecked={aed?.code_required ?? false} />
        {r("edit.code_required")}
      </label>
      <Text name="pads_expire_on" value={aed?.pads_expire_on} type="date" />
      <Text name="battery_expires_on" value={aed?.battery_expires_on} type="date" />
      <Text name="keeper_name" value={aed?.keeper?.name} />
      <Text name="keeper_phone" value={aed?.keeper?.phone} type="tel" />
    </div>
  );
}
