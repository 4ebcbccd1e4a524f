"""The ground floor: what is shown and which order is safe, from plain values. No clock, file, socket or process."""
