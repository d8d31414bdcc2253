import { parentPort, workerData } from "node:worker_threads";
import { readModuleSource } from "../odoo/source/read-module.ts";
import { type ParseThreadData, serveParsing } from "../systems/source-trees/parse-thread.ts";

/** A thread that parses modules; started by `source-trees.ts` beside it. */
if (parentPort !== null) serveParsing(parentPort, workerData as ParseThreadData, readModuleSource);
