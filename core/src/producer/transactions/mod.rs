//! What does a transactional producer ask its coordinators, and what may it send meanwhile?
