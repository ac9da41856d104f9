"""The data of the sandbox: customers, segments, jobs, exports, and the rules for them."""
