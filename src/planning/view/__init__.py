"""What people see: charts, tables and sentences. Nothing here computes a plan."""
