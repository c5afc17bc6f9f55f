-- What somebody outside knows of a host: it is hot, its RAID is degraded, it will fail soon.
create table host_advisory (
    host text not null references host (id) on delete cascade,
    kind text not null,
    source text not null,
    detail text not null,
    since timestamptz not null,
    until timestamptz not null,
    primary key (host, kind, source)
);
create index host_advisory_by_until on host_advisory (until);
comment on table host_advisory is 'What somebody outside says of a host, in force until its time is over.';
comment on column host_advisory.host is 'The host.';
comment on column host_advisory.kind is 'A word that the settings may know; what it does is theirs.';
comment on column host_advisory.source is 'The user who says so.';
comment on column host_advisory.detail is 'For people.';
comment on column host_advisory.since is 'Wall time at which it was said first, without a gap since.';
comment on column host_advisory.until is 'Wall time from which it does not exist.';
create table host_weight (
    host text primary key references host (id) on delete cascade,
    weight double precision not null,
    set_by text not null,
    since timestamptz not null
);
comment on table host_weight is 'Points that somebody outside has set for a host; a host without a row has none.';
comment on column host_weight.host is 'The host.';
comment on column host_weight.weight is 'Points, before the scheduler''s multiplier.';
comment on column host_weight.set_by is 'The user who set it.';
comment on column host_weight.since is 'Wall time at which it was set.';
