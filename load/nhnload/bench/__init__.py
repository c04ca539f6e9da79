"""Measurements that stand beside each other in one run, so that the machine's mood cancels out."""
