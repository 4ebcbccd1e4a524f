"""What tests stand on: builders of values, fakes taking functions, and real servers as context managers."""
