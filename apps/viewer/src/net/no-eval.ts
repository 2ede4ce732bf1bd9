/*
 * zod would try to compile its parsers with `new Function`, which the content security policy forbids and reports.
 * It reads this switch as it loads, so this module is the first that each page imports.
 */
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });

export {};
