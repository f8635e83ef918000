"""From a file's text to the settings of each producer in it, with the place of each."""
