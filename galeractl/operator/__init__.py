"""The orders of an operator to a running cluster: look, take over, recover, back up."""
