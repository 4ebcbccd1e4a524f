"""The ground floor: what a copy is, which ones to keep, and which one answers a wish. No clock, file, socket or process."""
