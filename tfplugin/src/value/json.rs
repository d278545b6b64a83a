//! The JSON form of values: states to upgrade, and JSON answers of core.
