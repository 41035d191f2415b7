//! What follows from the facts of a thing, and of many: folded from events as a store keeps them.

mod corrections;
mod flags;
mod money;
mod onward;
mod order;
mod permits;
mod picture;
mod pillars;
mod projects;
mod rollup;
mod support;
mod ties;
mod wholeness;
