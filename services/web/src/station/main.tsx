import { mount } from "@/ui/mount";
import { SignedIn } from "@/ui/SignedIn";
import { Station } from "./Station";

mount(
  <SignedIn app="station" roles={["station", "dispatcher", "administrator"]}>
    <Station />
  </SignedIn>,
);
