-- What was told last of the failures that each segment would survive.
create table capacity_promise (
    segment text primary key references segment (id),
    state text not null,
    failures int not null,
    since timestamptz not null,
    reason text not null
);
comment on table capacity_promise is 'Whether the loss of so many hosts would be survived, as it was told last.';
comment on column capacity_promise.segment is 'The segment.';
comment on column capacity_promise.state is 'KEPT, BROKEN or UNKNOWN.';
comment on column capacity_promise.failures is 'How many hosts may fail together.';
comment on column capacity_promise.since is 'Wall time from which the state was seen.';
comment on column capacity_promise.reason is 'Why it is not kept, for people; empty while it is.';
