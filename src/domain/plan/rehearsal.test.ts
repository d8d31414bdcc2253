import { describe, expect, it } from "vitest";
import { canonicalJson } from "../shared/canonical-json.ts";
import { expiredBecause, groundOf, rehearsalAgeMsMax, type RehearsedGround } from "./rehearsal.ts";

const same = (a: Parameters<typeof canonicalJson>[0], b: Parameters<typeof canonicalJson>[0]): boolean =>
  canonicalJson(a) === canonicalJson(b);
const exact = {
  "serving release": "sha256:1",
  "installed modules": { base: "19.0.1.3 installed" },
  "schema fingerprint": "sha256:s",
  "customisation fingerprint": "sha256:c",
  "database OID": 16_384,
};
const ground = groundOf({ to: { name: "r2", digest: "sha256:2" }, baseDigest: "sha256:b", facts: { exact, bounded: {} } });
const why = (now: Partial<RehearsedGround>, ageMs = 0): string[] => expiredBecause(ground, { ...ground, ...now }, ageMs, same);

describe("a rehearsal", () => {
  it("counts on the same ground for seven days to the millisecond, whatever the OID is", () => {
    expect(why({})).toEqual([]);
    expect(ground.facts).not.toHaveProperty("database OID");
    expect(why({}, rehearsalAgeMsMax)).toEqual([]);
    expect(why({}, rehearsalAgeMsMax + 1)).toEqual(["it is older than 7 days"]);
  });

  it("expires with another release, another base and each fact that can change what an update does", () => {
    expect(why({ release: "sha256:3" })).toEqual(["it was of another release"]);
    expect(why({ base: "sha256:x" })[0]).toContain("base");
    for (const name of Object.keys(ground.facts))
      expect(why({ facts: { ...ground.facts, [name]: "other" } })).toEqual([`${name} changed since`]);
  });
});
