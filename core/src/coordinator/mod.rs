//! Which id and epoch does this producer get?
