-- Whether each host could be fenced, found out before it has to be.
create table fence_readiness (
    host text primary key,
    state text not null,
    since timestamptz not null,
    checked_at timestamptz not null,
    document jsonb not null
);
comment on table fence_readiness is 'The newest rehearsal of each host''s fence devices.';
comment on column fence_readiness.host is 'The host; no reference, because what is known of its devices outlives it.';
comment on column fence_readiness.state is 'READY, DOUBTED or UNREADY.';
comment on column fence_readiness.since is 'Wall time from which the state holds.';
comment on column fence_readiness.checked_at is 'Wall time of the newest rehearsal.';
comment on column fence_readiness.document is 'Its findings: levels, devices, what was found and how long each answer took.';
