//! The nouns the stages hand each other: plain data, no I/O, no async.
