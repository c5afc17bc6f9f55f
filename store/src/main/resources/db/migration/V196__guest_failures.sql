-- How guests are, beyond whether they run, and what was told of their failures.
create table guest_state (
    instance_id uuid primary key references instance (id) on delete cascade,
    generation bigint not null check (generation >= 0),
    health text not null check (health in ('UNKNOWN', 'HEALTHY', 'UNHEALTHY', 'SILENT', 'LEFT')),
    number bigint not null,
    failure text check (failure in ('PANICKED', 'WATCHDOG', 'LOST', 'STOPPED', 'SILENT', 'UNHEALTHY')),
    response text check (response in ('RESTARTED', 'TOLD', 'GIVEN_UP')),
    restarts integer not null check (restarts >= 0),
    detail text,
    failed_at timestamptz,
    open boolean not null,
    updated_at timestamptz not null
);
comment on table guest_state is 'What the home of an instance said last of its guest; none for one of which there is nothing to say.';
comment on column guest_state.generation is 'The generation that this is about.';
comment on column guest_state.health is 'What its heartbeat says; means nothing unless the instance is RUNNING.';
comment on column guest_state.number is 'Of the last failure that was told, 0 for none; higher ones of the same generation are news.';
comment on column guest_state.failure is 'The last failure, or null.';
comment on column guest_state.response is 'What was done about it.';
comment on column guest_state.restarts is 'How often it was begun anew within the window of its limit.';
comment on column guest_state.detail is 'For people.';
comment on column guest_state.failed_at is 'Wall time of its home.';
comment on column guest_state.open is 'Whether it has not been told yet that the guest is well again.';
comment on column guest_state.instance_id is 'Of which instance.';
comment on column guest_state.updated_at is 'When one of these last changed.';
