//! How does a producer come back as itself after a crash?
