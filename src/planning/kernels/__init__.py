"""Processes that begin warm: forked from one that has only imported, and kernels among them."""
