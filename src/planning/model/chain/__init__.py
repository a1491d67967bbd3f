"""The chain of plan events: what is sold, delivered, made, bought and kept, what it costs, who does it, what is paid when."""
