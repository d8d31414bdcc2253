import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Generation } from "../../src/app/ports/odoo-runtime.ts";
import { makeProcessWorld } from "./process-world.ts";
import type { ProcessWorld } from "./process-world.ts";

const longSeconds = 8;
const { signal } = new AbortController();

/** A scheduled action made by SQL, due now. @returns the cron's id */
async function addCron(world: ProcessWorld, name: string, priority: number, code: string): Promise<number> {
  const rows = await world.cluster.query<{ id: number }>(
    "tenant",
    `WITH action AS (
       INSERT INTO ir_act_server (name, type, binding_type, model_id, state, code, usage, sequence)
       VALUES (jsonb_build_object('en_US', $1::text), 'ir.actions.server', 'action',
               (SELECT id FROM ir_model WHERE model = 'res.partner'), 'code', $3, 'ir_cron', 5)
       RETURNING id)
     INSERT INTO ir_cron (ir_actions_server_id, cron_name, user_id, active, interval_number, interval_type, nextcall, priority, failure_count)
     SELECT action.id, $1, 1, true, 1, 'months', now() AT TIME ZONE 'UTC' - interval '1 minute', $2, 0 FROM action RETURNING id`,
    [name, priority, code],
  );
  return rows[0]?.id ?? 0;
}

describe("background work of a real Odoo", () => {
  let world: ProcessWorld;
  let generation: Generation;

  beforeAll(async () => {
    world = await makeProcessWorld({ cronThreads: 1 });
    generation = await world.runtime.prepare("g1", world.release, "tenant");
    await world.cluster.query("tenant", "UPDATE ir_cron SET active = false");
  });
  afterAll(() => world.close());

  const ran = async (id: number): Promise<boolean> =>
    (await world.cluster.query<{ ran: boolean }>("tenant", "SELECT lastcall IS NOT NULL AS ran FROM ir_cron WHERE id = $1", [id]))[0]
      ?.ran === true;
  const sleeping = async (): Promise<boolean> =>
    (await world.cluster.query("tenant", "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(8)%' AND pid <> pg_backend_pid()"))
      .length > 0;
  const until = async (what: string, condition: () => Promise<boolean>, boundMs: number): Promise<void> => {
    const deadline = performance.now() + boundMs;
    while (!(await condition())) {
      if (performance.now() > deadline) throw new Error(`not within ${boundMs} ms: ${what}`);
      // Cron workers look once a minute, and when somebody tells them in the maintenance database.
      await world.cluster.query("postgres", "SELECT pg_notify('cron_trigger', 'tenant')");
      await sleep(300);
    }
  };
  const state = async (): Promise<string | undefined> =>
    (await world.runtime.generations()).find((known) => known.generation.id === "g1")?.background;

  it("at the bound a running cron goes on, finishes, and nothing else is taken; starting again converges", async () => {
    const long = await addCron(world, "long", 0, `env.cr.execute("SELECT pg_sleep(${longSeconds})")`);
    const next = await addCron(world, "next", 9, `env['ir.config_parameter'].sudo().set_param('test.next', '1')`);
    await world.runtime.startBackground(generation, 1);
    await until("the long cron runs", sleeping, 90_000);

    const asked = performance.now();
    expect(await world.runtime.stopBackground(generation, 1, 1_500, signal)).toBe(false);
    expect(performance.now() - asked).toBeLessThan(4_000);
    expect(await state()).toBe("stopping");
    expect(await sleeping()).toBe(true);
    // Asking once more must not force it.
    expect(await world.runtime.stopBackground(generation, 1, 500, signal)).toBe(false);
    expect(await sleeping()).toBe(true);

    // The deployment goes back: background work is wanted again while the old one still finishes.
    await world.runtime.startBackground(generation, 2);
    expect(await ran(long)).toBe(false);
    await until("the long cron has finished", () => ran(long), 20_000);
    await until("its successor took the next job", () => ran(next), 90_000);
    expect(await state()).toBe("running");
  });

  it("stops within the bound when the running cron finishes in time, and leaves what was due", async () => {
    await world.cluster.query("tenant", "DELETE FROM ir_cron WHERE cron_name IN ('long', 'next')");
    const long = await addCron(world, "long", 0, `env.cr.execute("SELECT pg_sleep(${longSeconds})")`);
    const next = await addCron(world, "next", 9, `env['ir.config_parameter'].sudo().set_param('test.next', '2')`);
    await until("the long cron runs", sleeping, 90_000);
    expect(await world.runtime.stopBackground(generation, 2, 30_000, signal)).toBe(true);
    expect(await state()).toBe("stopped");
    expect(await ran(long)).toBe(true);
    expect(await ran(next)).toBe(false);
    expect(await world.runtime.stopBackground(generation, 2, 1_000, signal)).toBe(true);
  });

  it("gives up waiting with the signal", async () => {
    await world.cluster.query("tenant", "DELETE FROM ir_cron WHERE cron_name IN ('long', 'next')");
    await addCron(world, "long", 0, `env.cr.execute("SELECT pg_sleep(${longSeconds})")`);
    await world.runtime.startBackground(generation, 3);
    await until("the long cron runs", sleeping, 90_000);
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error("the lease is lost")), 500);
    await expect(world.runtime.stopBackground(generation, 3, 60_000, abort.signal)).rejects.toThrow("the lease is lost");
    expect(await sleeping()).toBe(true);
  });
});
