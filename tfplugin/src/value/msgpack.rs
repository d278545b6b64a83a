//! The msgpack form of values, as core sends and expects it.
