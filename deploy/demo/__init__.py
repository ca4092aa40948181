"""The main job, carried out once and watched from outside: in Postgres, on RabbitMQ and in the simulator's ledger."""
