"""The embedded servers: Apache Kafka and PostgreSQL from package registries, as child processes."""
