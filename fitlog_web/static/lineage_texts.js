// The sentences of a run's family, in English and Chinese.
import { addTexts } from "./i18n.js";

addTexts({
  "lineage.gone": ["not here any more", "已不在此目录"],
  "lineage.more": ["and {n} more", "等另外 {n} 项"],
});
