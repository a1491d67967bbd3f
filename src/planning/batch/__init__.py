"""Many runs: in their order, so many at once, tried again, taken up again; on this machine or a cluster; and who is told."""
