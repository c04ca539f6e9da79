"""Domain time: one clock for every process, moved by a hub."""
