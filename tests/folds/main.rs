//! What follows from the facts of a thing, and of many: folded from events as a store keeps them.

#[macro_use]
mod support;

mod corrections;
mod flags;
mod instants;
mod money;
mod onward;
mod order;
mod permits;
mod picture;
mod pillars;
mod projects;
mod rollup;
mod ties;
mod wholeness;
