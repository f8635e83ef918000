//! May a batch be appended while earlier ones are still being written?
