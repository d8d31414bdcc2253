import { pick, type Operation } from "../../test/parts/load.ts";

/** What people of a professional-services firm do all day: look at tasks and hours, log time, rate what was delivered. */
export function firmOperations(projectId: number, taskIds: readonly number[]): readonly Operation[] {
  return [
    {
      name: "read tasks",
      model: "project.task",
      method: "search_read",
      body: () => ({ domain: [], fields: ["name", "customer_rating", "delivery_note", "stage_id"], limit: 20 }),
      writes: false,
    },
    {
      name: "log time",
      model: "account.analytic.line",
      method: "create",
      body: (token, turn) => ({ vals_list: [{ name: token, project_id: projectId, task_id: pick(taskIds, turn), unit_amount: 0.25 }] }),
      writes: true,
    },
    {
      name: "read hours",
      model: "account.analytic.line",
      method: "search_read",
      body: () => ({ domain: [], fields: ["name", "unit_amount"], limit: 10, order: "id desc" }),
      writes: false,
    },
    {
      name: "read partners",
      model: "res.partner",
      method: "search_read",
      body: () => ({ domain: [], fields: ["name", "email"], limit: 10 }),
      writes: false,
    },
    {
      name: "rate a task",
      model: "project.task",
      method: "write",
      body: (_token, turn) => ({ ids: [pick(taskIds, turn)], vals: { customer_rating: turn % 5 } }),
      writes: false,
    },
  ];
}
