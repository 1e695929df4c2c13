//! The protocols of the system: a folder each, with its choreography, its intent and its audit.
