-- What a shift hands over reads the notes of a span of time, whatever they are on.
create index notes_by_time on dlqtop.notes (at);
