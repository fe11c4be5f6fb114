/** The map. It loads its engine when it is first shown; without WebGL it draws a plain sketch. */
export { IncidentMap } from "./IncidentMap";
export type {
  AedMark,
  AnyMark,
  Band,
  BandsChoice,
  IncidentMapProps,
  Kind,
  Marks,
  PatientMark,
  Place,
  ResponderMark,
  Route,
  Selected,
  StationMark,
  UnitMark,
  View,
} from "./types";
