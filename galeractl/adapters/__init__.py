"""One outside thing per module, named after it: the agent, the kubeconfig, the terminal.

Adapters translate; they do not judge, and do not know each other.
"""
