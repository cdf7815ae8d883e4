"""The bridge between rooms and an MQTT broker."""
