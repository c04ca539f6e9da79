"""The rules of the clinic: functions over values, no clock, no socket, no disk."""
