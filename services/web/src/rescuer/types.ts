/** The shapes that the app works with: the services' own, by the names that are used here. */
import type { components as Alerting } from "@/api/generated/alerting";
import type { components as Dispatch } from "@/api/generated/dispatch";
import type { components as Rescuers } from "@/api/generated/rescuer_location";

export type Task = Dispatch["schemas"]["TaskOut"];
export type TaskSummary = Dispatch["schemas"]["TaskSummary"];
export type TaskKind = Dispatch["schemas"]["Task"];
export type AlertState = Dispatch["schemas"]["AlertState"];
export type Step = Dispatch["schemas"]["RescuerStep"];
export type AedForTask = Dispatch["schemas"]["AedForTask"];
export type HistoryItem = Dispatch["schemas"]["HistoryItem"];
export type Fatigue = Dispatch["schemas"]["FatigueOut"];
export type SurveyOffer = Dispatch["schemas"]["SurveyOffer"];
export type SurveyAnswers = Dispatch["schemas"]["SurveyIn"];
export type PushInfo = Alerting["schemas"]["PushOut"];
export type Way = Dispatch["schemas"]["WayOut"];
export type Message = Alerting["schemas"]["MessageOut"];
export type Profile = Rescuers["schemas"]["OwnRescuerOut"];
export type ProfileChange = Rescuers["schemas"]["OwnChange"];
export type WhyNot = Rescuers["schemas"]["WhyNot"];
export type UsualPlace = Rescuers["schemas"]["OwnPlace"];
export type PlaceKind = Rescuers["schemas"]["PlaceKind"];
export type CountedPlace = Rescuers["schemas"]["CountedPlace"];
export type TransportMode = Rescuers["schemas"]["TransportMode"];
export type ConsentWords = Rescuers["schemas"]["ConsentOut"];
export type CodeSent = Rescuers["schemas"]["CodeOut"];
export type Enrolment = Rescuers["schemas"]["EnrolIn"];

/** In which datum this phone's browser gives its coordinates. */
export type PhoneDatum = "wgs84" | "gcj02";

export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** Where the phone is, as its browser says. */
export interface Fix extends Place {
  readonly accuracyM: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}
