/** `node:diagnostics_channel`: without a `tracingChannel` drivers do not trace. */
export {}
