-- Gives the session back the settings that it began with.
reset all
