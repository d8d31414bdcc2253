import { describe, expect, it } from "vitest";
import { applicationName, epochOf } from "./application-name.ts";
import { splitList } from "./clone.ts";
import { environmentLockKey, updateLockKey } from "./lock-key.ts";
import { commentText, parseComment } from "./mark.ts";
import { quoteIdentifier, quoteLiteral } from "../../domain/shared/sql-quoting.ts";

describe("quoting", () => {
  it("doubles quotes of identifiers", () => {
    expect(quoteIdentifier('a"; DROP DATABASE b; --')).toBe('"a""; DROP DATABASE b; --"');
  });

  it("doubles quotes of texts and escapes backslashes whatever the server's settings", () => {
    expect(quoteLiteral("it's")).toBe("'it''s'");
    expect(quoteLiteral("\\'; x")).toBe(" E'\\\\''; x'");
  });

  it("refuses NUL, which would cut the statement", () => {
    expect(() => quoteIdentifier("a\0b")).toThrow(RangeError);
    expect(() => quoteLiteral("a\0b")).toThrow(RangeError);
  });
});

describe("the name of a session", () => {
  it("keeps the epoch however long the environment's name is", () => {
    const name = applicationName("e".repeat(200), "D-123456", 987_654);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
    expect(epochOf(name)).toBe(987_654);
  });

  it("carries ASCII only and no slash of a name", () => {
    expect(applicationName("zürich/a", "D-1", 2)).toBe("plimsoll/z_rich_a/D-1/e2");
  });

  it("isn't read out of somebody else's", () => {
    expect(epochOf("odoo-123")).toBeNull();
    expect(epochOf("plimsoll/acme/D-1/e")).toBeNull();
  });
});

describe("lock keys", () => {
  it("derives click-odoo-update's key as click-odoo-contrib 1.24 does", () => {
    // python3 -c "import hashlib; print(int(hashlib.sha1(b'click-odoo-update/acme').hexdigest()[:14], 16))"
    expect(updateLockKey("acme")).toBe("39696790347468660");
  });

  it("gives a signed 64-bit number per live name", () => {
    expect(environmentLockKey("acme")).not.toBe(environmentLockKey("acme2"));
    expect(BigInt.asIntN(64, BigInt(environmentLockKey("acme"))).toString()).toBe(environmentLockKey("acme"));
  });
});

describe("marks", () => {
  const mark = { environment: "acme", deployment: "D-1", epoch: 3, role: "candidate" } as const;

  it("reads what it writes, with the owner's own comment kept", () => {
    expect(parseComment(commentText(mark, "our ERP"))).toEqual({ mark, note: "our ERP" });
  });

  it("takes anything else for the owner's comment", () => {
    for (const comment of [
      "our ERP",
      '{"environment":"acme"}',
      '{"plimsoll":1,"environment":"acme","deployment":"D-1","epoch":"3","role":"live"}',
      "{broken",
    ]) {
      expect(parseComment(comment)).toEqual({ mark: null, note: comment });
    }
  });
});

describe("lists of names in settings", () => {
  it("splits what PostgreSQL stores", () => {
    expect(splitList('"$user", public')).toEqual(["$user", "public"]);
    expect(splitList('"a ""b"", c", d')).toEqual(['a "b", c', "d"]);
    expect(splitList("")).toEqual([]);
  });
});
