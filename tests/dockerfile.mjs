// Says what is wrong with the Dockerfile, and fails then: node tests/dockerfile.mjs
import { readFileSync } from "node:fs";
import { validate } from "dockerfile-utils";

const problems = validate(readFileSync("Dockerfile", "utf8"));
for (const problem of problems) console.error(`Dockerfile:${problem.range.start.line + 1}: ${problem.message}`);
process.exit(problems.length ? 1 : 0);
