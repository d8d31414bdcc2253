import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DatabaseInfo, DatabaseMark, TenantDatabase } from "../../src/app/ports/tenant-database.ts";
import { expectRefused } from "./refusal.ts";

export interface TenantDatabaseCase {
  readonly environment: string;
  /** Name of the live database, which exists and is open. */
  readonly live: string;
  open(deployment: string, epoch: number): TenantDatabase;
  /** A user's session; rejects when the database is closed. */
  connect(database: string): Promise<{ close(): Promise<void> }>;
  /** A database that isn't the environment's. */
  createForeign(name: string): Promise<{ readonly name: string; readonly oid: number }>;
  /** Takes click-odoo-update's lock as another program would. */
  takeForeignUpdateLock(): Promise<{ release(): Promise<void> }>;
  /** Writes something into a database, and reads it there. */
  write(database: string, text: string): Promise<void>;
  readText(port: TenantDatabase, database: string): Promise<string>;
  readonly close: () => Promise<void>;
}

/** What steps rely on: OIDs, marks, closed and open, one owner at a time, an exchange that is whole or not at all. */
export function tenantDatabaseConforms(name: string, make: () => Promise<TenantDatabaseCase>): void {
  describe(`tenant database: ${name}`, () => {
    let given: TenantDatabaseCase;
    let port: TenantDatabase;
    const candidate = (epoch = 1): DatabaseMark => ({ environment: given.environment, deployment: "D-1", epoch, role: "candidate" });
    const find = async (wanted: string, from = port): Promise<DatabaseInfo> => {
      const found = (await from.databases()).find((database) => database.name === wanted);
      if (found === undefined) throw new Error(`${wanted} isn't among the environment's databases`);
      return found;
    };
    /** Claimed, fenced, cloned: `acme_pl_d1` from `acme`. */
    const cloned = async (): Promise<{ live: DatabaseInfo; clone: DatabaseInfo }> => {
      await port.claim();
      const live = await find(given.live);
      await port.fence(live);
      return { live, clone: await port.clone(live, `${given.live}_pl_d1`, candidate()) };
    };

    beforeEach(async () => {
      given = await make();
      port = given.open("D-1", 1);
    });
    afterEach(async () => {
      await port.release();
      await given.close();
    });

    it("lists the live database before and after anything claimed it", async () => {
      expect(await find(given.live)).toMatchObject({ allowsConnections: true, isTemplate: false, mark: null });
      await port.claim();
      expect((await find(given.live)).mark).toMatchObject({ environment: given.environment, epoch: 1, role: "live" });
      await port.claim();
      expect(await port.databases()).toHaveLength(1);
    });

    it("changes nothing without a claim", async () => {
      await expectRefused(port.fence(await find(given.live)), "LEASE_LOST");
      await expectRefused(port.unfence(await find(given.live)), "LEASE_LOST");
      await expectRefused(port.clone(await find(given.live), "x", candidate()), "LEASE_LOST");
    });

    it("closes: sessions end, nobody enters; opens again", async () => {
      await port.claim();
      await given.connect(given.live);
      const live = await find(given.live);
      const sessionsBefore = (await port.sessions(given.live)).length;
      expect(sessionsBefore).toBeGreaterThan(0);
      expect((await port.fence(live)).ended).toBe(sessionsBefore);
      expect(await port.sessions(given.live)).toEqual([]);
      expect((await find(given.live)).allowsConnections).toBe(false);
      await expect(given.connect(given.live)).rejects.toThrow();
      await port.fence(live);
      await port.unfence(live);
      await port.unfence(live);
      await (await given.connect(given.live)).close();
    });

    it("clones a closed database only, byte for byte, closed, marked, as a template", async () => {
      await given.write(given.live, "written by users");
      await port.claim();
      await expectRefused(port.clone(await find(given.live), `${given.live}_pl_d1`, candidate()), "STATE_UNEXPECTED");
      const { live, clone } = await cloned();
      expect(clone).toMatchObject({
        name: `${given.live}_pl_d1`,
        owner: live.owner,
        allowsConnections: false,
        isTemplate: true,
        mark: candidate(),
      });
      expect(clone.oid).not.toBe(live.oid);
      await port.unfence(clone);
      expect(await given.readText(port, clone.name)).toBe("written by users");
    });

    it("lets nobody but us into a closed copy while it is edited, and leaves it closed", async () => {
      const { clone } = await cloned();
      const seen = await port.editAlone(clone, async (sql) => {
        await expect(given.connect(clone.name)).rejects.toThrow();
        expect((await find(clone.name)).allowsConnections).toBe(false);
        await sql.query("SELECT 1");
        return "edited";
      });
      expect(seen).toBe("edited");
      expect(await find(clone.name)).toMatchObject({ oid: clone.oid, allowsConnections: false });
      expect(await port.sessions(clone.name)).toEqual([]);
      await expect(given.connect(clone.name)).rejects.toThrow();
      // Its limit is as before: more than one session may enter once it is opened.
      await port.unfence(clone);
      const first = await given.connect(clone.name);
      const second = await given.connect(clone.name);
      await Promise.all([first.close(), second.close()]);
    });

    it("leaves a copy closed when the edit fails", async () => {
      const { clone } = await cloned();
      const failing = port.editAlone(clone, () => Promise.reject(new Error("the edit failed")));
      await expect(failing).rejects.toThrow("the edit failed");
      expect((await find(clone.name)).allowsConnections).toBe(false);
    });

    it("edits alone neither the live database, nor an open one, nor a stranger's, nor without a claim", async () => {
      const nothing = (): Promise<void> => Promise.resolve();
      await expectRefused(port.editAlone(await find(given.live), nothing), "LEASE_LOST");
      const { live, clone } = await cloned();
      await expectRefused(port.editAlone(live, nothing), "STATE_UNEXPECTED");
      await expectRefused(port.editAlone(await given.createForeign("somebody_else"), nothing), "STATE_UNEXPECTED");
      await port.unfence(clone);
      await expectRefused(port.editAlone(clone, nothing), "STATE_UNEXPECTED");
    });

    it("closes a copy of an earlier epoch, makes it anew and drops it as it does a candidate", async () => {
      const { live, clone } = await cloned();
      const copy = await port.clone(clone, `${given.live}_pl_d1_try`, { ...candidate(), role: "copy" });
      expect((await find(copy.name)).mark?.role).toBe("copy");
      const again = await port.clone(live, copy.name, { ...candidate(), role: "copy" });
      await port.unfence(again);
      const successor = given.open("D-1", 2);
      await successor.claim();
      expect((await find(copy.name, successor)).allowsConnections).toBe(false);
      await successor.drop(again);
      expect((await successor.databases()).map((database) => database.name)).not.toContain(copy.name);
      await successor.release();
    });

    it("copies an open database by dump: closed, marked, a template, and its users stay", async () => {
      const copy: DatabaseMark = { ...candidate(), role: "copy" };
      const options = { signal: new AbortController().signal };
      await given.write(given.live, "written by users");
      await expectRefused(port.copyByDump(given.live, `${given.live}_pl_d1`, copy, options), "LEASE_LOST");
      await port.claim();
      await given.connect(given.live);
      const first = await port.copyByDump(given.live, `${given.live}_pl_d1`, copy, options);
      const made = await port.copyByDump(given.live, first.name, copy, options);
      expect(made).toMatchObject({ allowsConnections: false, isTemplate: true, mark: copy });
      expect(made.oid).not.toBe(first.oid);
      expect(await find(given.live)).toMatchObject({ allowsConnections: true });
      expect((await port.sessions(given.live)).length).toBeGreaterThan(0);
      await expect(given.connect(made.name)).rejects.toThrow();
      await port.unfence(made);
      expect(await given.readText(port, made.name)).toBe("written by users");
      await port.drop(made);
    });

    it("makes a clone of the same name anew", async () => {
      const { live, clone } = await cloned();
      const again = await port.clone(live, clone.name, candidate());
      expect(again.oid).not.toBe(clone.oid);
      expect((await port.databases()).map((database) => database.name).sort()).toEqual([given.live, clone.name].sort());
    });

    it("exchanges names in one go, keeps OIDs, writes marks; a second time does nothing; and back", async () => {
      await given.write(given.live, "old");
      const { live, clone } = await cloned();
      const original: DatabaseMark = { ...candidate(), role: "original" };
      const swap = {
        live: given.live,
        goes: { oid: live.oid, to: `${given.live}_pl_d1_was`, mark: original },
        comes: { oid: clone.oid, mark: { ...candidate(), role: "live" as const } },
        open: true,
      };
      await port.exchange(swap);
      await port.exchange(swap);
      expect(await find(given.live)).toMatchObject({ oid: clone.oid, allowsConnections: true, isTemplate: false, mark: { role: "live" } });
      expect(await find(`${given.live}_pl_d1_was`)).toMatchObject({
        oid: live.oid,
        allowsConnections: false,
        isTemplate: false,
        mark: { role: "original" },
      });
      // Users are on it when it has to go back: the exchange ends their sessions itself.
      await given.connect(given.live);
      await port.exchange({
        live: given.live,
        goes: { oid: clone.oid, to: clone.name, mark: { ...candidate(), role: "abandoned" } },
        comes: { oid: live.oid, mark: { ...candidate(), role: "live" } },
        open: false,
      });
      expect(await find(given.live)).toMatchObject({ oid: live.oid, allowsConnections: false, mark: { role: "live" } });
      await port.unfence(await find(given.live));
      expect(await given.readText(port, given.live)).toBe("old");
    });

    it("refuses an exchange with a stranger, of another name, or with two live marks, changing nothing", async () => {
      const { live, clone } = await cloned();
      const comes = { oid: clone.oid, mark: { ...candidate(), role: "live" as const } };
      const goes = { oid: live.oid, to: `${given.live}_pl_d1_was`, mark: { ...candidate(), role: "original" as const } };
      await expectRefused(port.exchange({ live: given.live, goes: { ...goes, mark: comes.mark }, comes, open: true }), "STATE_UNEXPECTED");
      const foreign = await given.createForeign("somebody_else");
      await expectRefused(port.exchange({ live: given.live, goes, comes: { ...comes, oid: foreign.oid }, open: true }), "STATE_UNEXPECTED");
      await expectRefused(port.exchange({ live: clone.name, goes, comes, open: true }), "STATE_UNEXPECTED");
      expect(await find(given.live)).toMatchObject({ oid: live.oid, allowsConnections: false });
    });

    it("drops what it made, once or twice, and never the live one or a stranger's", async () => {
      const { live, clone } = await cloned();
      await port.drop(clone);
      await port.drop(clone);
      expect((await port.databases()).map((database) => database.name)).toEqual([given.live]);
      await expectRefused(port.drop(live), "STATE_UNEXPECTED");
      await expectRefused(port.drop(await given.createForeign("somebody_else")), "STATE_UNEXPECTED");
    });

    it("touches a database only under the name and OID that the caller knows", async () => {
      await port.claim();
      const live = await find(given.live);
      await expectRefused(port.fence({ name: given.live, oid: 999_999 }), "DATABASE_MISSING");
      await expectRefused(port.fence({ name: "another", oid: live.oid }), "STATE_UNEXPECTED");
      await expectRefused(port.fence(await given.createForeign("somebody_else")), "STATE_UNEXPECTED");
    });

    it("is taken over by a higher epoch: the older one can do nothing more, its clones are closed", async () => {
      const { clone } = await cloned();
      await port.unfence(clone);
      const successor = given.open("D-1", 2);
      await successor.claim();
      await expectRefused(port.unfence(clone), "LEASE_LOST");
      await expectRefused(port.claim(), "EPOCH_SUPERSEDED");
      expect((await find(clone.name, successor)).allowsConnections).toBe(false);
      await successor.release();
      await expectRefused(given.open("D-2", 1).claim(), "EPOCH_SUPERSEDED");
    });

    it("shares click-odoo-update's lock with others", async () => {
      expect(await port.takeUpdateLock()).toBe(true);
      expect(await port.takeUpdateLock()).toBe(true);
      await port.releaseUpdateLock();
      const other = await given.takeForeignUpdateLock();
      expect(await port.takeUpdateLock()).toBe(false);
      await other.release();
      expect(await port.takeUpdateLock()).toBe(true);
    });

    it("writes a mark", async () => {
      await port.claim();
      await port.setMark(await find(given.live), { environment: given.environment, deployment: "D-9", epoch: 1, role: "live" });
      expect((await find(given.live)).mark?.deployment).toBe("D-9");
    });
  });
}
