//! The choreography compiler: verdicts, projection and audit of .aura protocols.
