-- Sinks that read the feed by themselves keep their place here; facts beyond it are not forgotten.
create table sink_place (
    sink text primary key,
    place bigint not null check (place >= 0),
    holder uuid,
    held_until timestamptz not null default '-infinity'
);
comment on table sink_place is 'How far a sink has come in the feed, and which controller serves it.';
comment on column sink_place.sink is 'Which sink, for example amqp.';
comment on column sink_place.place is 'Everything up to this place of the outbox was taken.';
comment on column sink_place.holder is 'The controller''s process that serves it.';
comment on column sink_place.held_until is 'Until then no other may.';
