"""The test stand of bench and chaos: private broker, database and services that can be killed, frozen and measured."""
