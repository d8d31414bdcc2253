/**
 * Where "different" becomes "wrong". A recovery discards what users have written, so `failed` asks for something that can't be
 * chance or a slow machine; what is merely odd is `inconclusive`, and a person looks.
 */
export const verificationLimits = {
  // One failing click may be anybody's; three are a pattern.
  failingMin: 3,
  // Where a tenant has no faults, one answer in fifty is far from chance; where it has some, five times as many is.
  shareMax: 0.02,
  shareTimesBaseline: 5,
  // A fault that the old release never had needs no great share, only not to be one odd record that is opened again and again.
  newNameMin: 3,
  newNameShareMax: 0.005,
  // From fewer answers of the old release nobody can tell what was usual.
  baselineAnswersMin: 50,
  // Then only what no tenant would have lived with is certain.
  unmeasuredFailingMin: 5,
  unmeasuredShareMax: 0.2,
  // Before the time is over: so many failing answers, or over the limit for so many looks (about a second each) in a row.
  certainFailing: 10,
  certainLooks: 5,
  unansweredShareMax: 0.01,
  // Denied and invalid are users' daily bread, but not every second click: then rights or rules may have changed.
  businessMin: 20,
  businessShareMax: 0.5,
  businessTimesBaseline: 3,
  unreadMin: 20,
  unreadShareMax: 0.5,
  // Fewer answers have no speed: the first ones of new workers fill caches.
  speedAnswersMin: 20,
  p95AnswersMin: 50,
  p99AnswersMin: 500,
  // Reports take seconds on any release, and machines have neighbours.
  p95MsMax: 10_000,
  p95MsExtreme: 30_000,
  p99MsMax: 30_000,
  p99MsExtreme: 90_000,
  slowTimesBaseline: 5,
  extremeTimesBaseline: 20,
  // The supervisor starts what died within a second or two; down for longer, it doesn't come back.
  downLooksMax: 3,
  unhealthyInARowMax: 3,
  lockMsMax: 10_000,
  lockLooksMax: 5,
  // A log line by itself hurts nobody; the same again and again, or many kinds, are for a person to read.
  logTimesMax: 3,
  logKindsMax: 3,
  // A gateway that was restarted has forgotten what it counted; with less than half of the time counted, too much is unknown.
  coveredShareMin: 0.5,
} as const;
