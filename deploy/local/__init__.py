"""The local stack: broker, database, simulator and both services, on this machine, for one checkout."""
