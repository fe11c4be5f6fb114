/** What a page hands to the map, and what the map says back. Places are WGS-84 degrees. */

export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

interface Mark {
  /** Unique among the marks of its kind. */
  readonly id: string;
  readonly place: Place;
  /** A word or two, in the reader's language: drawn beside the mark, read out in the list. */
  readonly label: string;
  /** What is known is old: drawn faint, and said in the list. */
  readonly stale?: boolean;
}

export interface PatientMark extends Mark {
  /** waiting: nobody is there yet; reached: somebody is with the patient. */
  readonly state: "waiting" | "reached";
}

export interface ResponderMark extends Mark {
  readonly task: "direct" | "via_aed" | "guide";
  readonly state: "asked" | "accepted" | "arrived";
}

export interface AedMark extends Mark {
  readonly state: "open" | "closed" | "doubtful";
}

export interface UnitMark extends Mark {
  readonly state: "free" | "busy" | "out_of_service";
}

export interface StationMark extends Mark {
  readonly hospital?: boolean;
}

/** The marks of a map, by kind; a kind that is left out has none. */
export interface Marks {
  readonly patients?: readonly PatientMark[];
  readonly responders?: readonly ResponderMark[];
  readonly aeds?: readonly AedMark[];
  readonly units?: readonly UnitMark[];
  readonly stations?: readonly StationMark[];
}

export type Kind = keyof Marks;
export type AnyMark = PatientMark | ResponderMark | AedMark | UnitMark | StationMark;

export interface Selected {
  readonly kind: Kind;
  readonly id: string;
}

/** The way that somebody is expected to take; its points in order. */
export interface Route {
  readonly id: string;
  readonly points: readonly Place[];
  /** Whose: people's ways are drawn finer than vehicles'. */
  readonly of: "responder" | "unit";
  /** A straight line, because no street is known there: drawn dashed. */
  readonly guess?: boolean;
}

/** H3 cells reached within so many minutes (and not within fewer). */
export interface Band {
  readonly minutes: number;
  readonly cells: readonly string[];
}

/** Several kinds of bands, of which one is shown. */
export interface BandsChoice {
  readonly options: readonly { readonly id: string; readonly label: string }[];
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
}

/** Where to look: the map goes there when `key` changes, and never by itself. */
export interface View {
  readonly key: string;
  readonly places: readonly Place[];
}

export interface IncidentMapProps extends Marks {
  readonly routes?: readonly Route[];
  readonly bands?: readonly Band[];
  /** Whose bands they are, for the legend: "Ambulances", in the reader's language. */
  readonly bandsLabel?: string;
  /** Other bands that can be had instead: the legend lets one choose. */
  readonly bandsChoice?: BandsChoice;
  readonly selected?: Selected | null;
  readonly onSelect?: (selected: Selected | null) => void;
  /** Called with the place of a click beside all marks, or of Enter while `placing`. */
  readonly onPlace?: (place: Place) => void;
  /** Called when the selected mark was dragged somewhere; without it marks stay where they are. */
  readonly onMove?: (selected: Selected, place: Place) => void;
  /** A place is being looked for: a cross stands in the middle, and marks do not take clicks. */
  readonly placing?: boolean;
  readonly view?: View;
  /** What the states of AEDs are called on this page; by default whether one can be had now. */
  readonly aedWords?: Readonly<Record<AedMark["state"], string>>;
  /** What the map shows, for who cannot see it. */
  readonly label: string;
  /** Without the list of marks and the switch of layers: on a phone, where the page has its own. */
  readonly plain?: boolean;
}
