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
  in_doubt?: boolean;
  diverged?: Record<string, string> | null;
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
  /** What the times are counted from, if that is not the first of them. */
  start?: number | null;
  total: number;
  texts?: Record<string, string>;
  marks: Mark[];
  /** Of several runs together, whose mean the values are. */
  band?: BandData;
}

export interface BandData {
  step: number[];
  n: number[];
  mean: (number | null)[];
  std: (number | null)[];
  min: (number | null)[];
  max: (number | null)[];
  epoch: (number | null)[] | null;
  elapsed: (number | null)[] | null;
  runs: number;
  total: number;
  marks: Mark[];
}
