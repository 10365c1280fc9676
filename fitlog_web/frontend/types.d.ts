// Shapes that several modules share; read by the type checker only.
export interface Column {
  key: string;
  path: string[];
  editable?: boolean;
  hidden?: boolean;
}

export interface Row {
  id: string;
  state?: string | null;
  hidden?: boolean;
  added?: boolean;
  deleted?: boolean;
  skipped?: number;
  /** When a run that is not over was written last, in seconds since 1970. */
  written?: number | null;
  progress?: { step: number | null; total: number | null } | null;
  /** The job whose rank this run is, where every rank records. */
  job?: { id: string; ranks: number } | null;
  /** How many ranks this row stands for besides its own. */
  folds?: number;
  [key: string]: any;
}

export interface Mark {
  step: number;
  kind: "nan" | "inf" | "-inf";
  count: number;
}

export interface SeriesData {
  step: number[];
  value: (number | null)[];
  epoch: (number | null)[] | null;
  time: (number | null)[] | null;
  total: number;
  texts?: Record<string, string>;
  marks: Mark[];
}
