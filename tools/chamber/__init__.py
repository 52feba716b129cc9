"""What tools/climate.py is made of: servers, settings, rooms, and the climates that are more than settings."""
