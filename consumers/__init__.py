"""What reads from Kafka into the warehouse, and what goes back: the lander and the outbox relay."""
