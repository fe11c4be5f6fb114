import { mount } from "@/ui/mount";
import { SignedIn } from "@/ui/SignedIn";
import { Welcome } from "./Welcome";
import { installWorker } from "./push";
import { newVersion, watchInstall } from "./install";
import { Rescuer } from "./Rescuer";

mount(
  <SignedIn app="rescuer" roles={["rescuer"]} otherwise={<Welcome />}>
    <Rescuer />
  </SignedIn>,
);
watchInstall();
void installWorker(() => (newVersion.value = true)).catch(() => undefined);
